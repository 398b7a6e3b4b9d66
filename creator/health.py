"""`/health`: the process answers.

`/ready`: it can accept work, or is `degraded` while an optional part is missing.
"""

from __future__ import annotations

import os
from threading import Lock

import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from creator.celery import app
from creator.http.bodies.disk import has_room
from creator.lib.probes import Probes
from creator.lib.ttl_cache import TTLCache
from jobs.nodes import count_usable_nodes
from jobs.scheduling import jobs_go_unclaimed

log = structlog.get_logger(__name__)
BROKER_S = 2
REMEMBERED_S = 1.0
NEEDED = ("database", "storage")
READ_FROM_ROWS = ("nodes", "workers")


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 only if the database, its migrations or storage fail.

    Without broker, cache, nodes or workers the site still accepts work, without room on the disk all but photos:
    it answers `degraded`. `missing` names the parts and nothing else, because anyone may ask. All that ask within
    REMEMBERED_S get one answer.
    """
    with _asking:  # those who come when the answer is old wait for one look
        missing = _missing.get(None, find_missing)
    if not missing:
        return JsonResponse({"status": "ok", "missing": []})
    if needed := [part for part in missing if part in NEEDED]:
        log.error("not_ready", parts=needed)
        return JsonResponse({"status": "unavailable", "missing": missing}, status=503)
    log.warning("degraded", parts=missing)
    return JsonResponse({"status": "degraded", "missing": missing})


def find_missing() -> list[str]:
    """Names of the parts that do not work. While the database is away, nothing is known of parts read from rows."""
    missing = probes.find_missing()
    return [part for part in missing if part not in READ_FROM_ROWS or "database" not in missing]


def database_works() -> bool:
    """Whether the database answers and every migration is applied."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def storage_works() -> bool:
    """Whether the bucket answers or the folder is writable. Writes nothing."""
    if not settings.CONFIG.s3_bucket:
        return os.access(settings.DATA_DIR, os.W_OK | os.X_OK)
    default_storage.exists("health/probe")
    return True


def broker_works() -> bool:
    """Whether a connection can be made; the in-memory broker always works."""
    if not settings.CONFIG.broker_url:
        return True
    with app.connection_for_write(connect_timeout=BROKER_S) as asked:
        asked.ensure_connection(max_retries=1, timeout=BROKER_S)
    return True


def cache_works() -> bool:
    """Whether a value that was just written can be read."""
    cache.set("health", "ok", 5)
    return bool(cache.get("health") == "ok")


probes = Probes(
    {
        "database": database_works,
        "storage": storage_works,
        "disk": has_room,
        "broker": broker_works,
        "cache": cache_works,
        "nodes": lambda: count_usable_nodes() > 0,
        "workers": lambda: not jobs_go_unclaimed(),
    }
)
_asking = Lock()
_missing: TTLCache[None, list[str]] = TTLCache(REMEMBERED_S)
