"""`/health`: the process answers. `/ready`: it can accept work; what may be missing meanwhile is `degraded`."""

from __future__ import annotations

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from jobs.nodes import count_usable_nodes

log = structlog.get_logger(__name__)


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 only when the database, its migrations or storage fail: without nodes work is still accepted."""
    needed = {"database": _database_works, "storage": _storage_works}
    for name, works in needed.items():
        if not works():
            log.error("not_ready", part=name)
            return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok" if count_usable_nodes() else "degraded"})


def _database_works() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _storage_works() -> bool:
    try:
        key = default_storage.save("health/probe", ContentFile(b"ok"))
        default_storage.delete(key)
    except OSError:
        return False
    return True
