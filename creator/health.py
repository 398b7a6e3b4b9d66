"""`/health`: the process answers.

`/ready`: it can accept work, or is `degraded` while an optional part is missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError

from creator.celery import app
from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.nodes import count_usable_nodes

log = structlog.get_logger(__name__)
BROKER_S = 2


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 only if the database, its migrations or storage fail.

    Without broker, cache or nodes the site still accepts work and answers `degraded`. The log names the
    missing part; the answer does not, because anyone may ask.
    """
    if missing := _first_failing(database=database_works, storage=storage_works):
        log.error("not_ready", part=missing)
        return JsonResponse({"status": "unavailable"}, status=503)
    if missing := _first_failing(
        broker=broker_works, cache=cache_works, nodes=lambda: count_usable_nodes() > 0
    ):
        log.warning("degraded", part=missing)
        return JsonResponse({"status": "degraded"})
    return JsonResponse({"status": "ok"})


def _first_failing(**parts: Callable[[], bool]) -> str:
    return next((name for name, works in parts.items() if not works()), "")


def database_works() -> bool:
    """Whether the database answers and every migration is applied."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def storage_works() -> bool:
    """Whether the bucket answers or the folder is writable. Writes nothing."""
    if not settings.CONFIG.s3_bucket:
        return os.access(settings.DATA_DIR, os.W_OK | os.X_OK)
    try:
        default_storage.exists("health/probe")
    except STORAGE_ERRORS:
        return False
    return True


def broker_works() -> bool:
    """Whether a connection can be made; the in-memory broker always works."""
    if not settings.CONFIG.broker_url:
        return True
    try:
        with app.connection_for_write(connect_timeout=BROKER_S) as asked:
            asked.ensure_connection(max_retries=1, timeout=BROKER_S)
    except (OperationalError, OSError):
        return False
    return True


def cache_works() -> bool:
    """Whether a value that was just written can be read."""
    cache.set("health", "ok", 5)
    return bool(cache.get("health") == "ok")
