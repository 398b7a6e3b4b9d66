"""Rows that have served: nobody asks for them again."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Max, QuerySet

from creator.lib.clock import database_now
from jobs.models import BeatSlot, IdempotencyKey

log = structlog.get_logger(__name__)
ANSWERS_KEPT_S = 24 * 3600
SLOTS_KEPT_S = 2 * 24 * 3600
AT_A_TIME = 1000


def prune() -> dict[str, int]:
    """Deletes old idempotency keys, beat slots and ended sessions. Returns how many keys and slots."""
    latest = BeatSlot.objects.order_by().values("task").annotate(latest=Max("pk")).values("latest")
    old = {
        # The last slot of each task stays: it may be longer than what is kept.
        "beat_slots": BeatSlot.objects.filter(created_at__lt=database_now(-SLOTS_KEPT_S)).exclude(
            pk__in=latest
        ),
        "idempotency_keys": IdempotencyKey.objects.filter(created_at__lt=database_now(-ANSWERS_KEPT_S)),
    }
    pruned = {name: _delete_in_batches(rows) for name, rows in old.items()}
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    log.info("rows_pruned", **pruned)
    return pruned


def _delete_in_batches(rows: QuerySet[Any]) -> int:
    """Short statements, so that nobody waits for a long one."""
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted
