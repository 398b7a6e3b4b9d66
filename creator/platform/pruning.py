"""Deletes old rows: idempotency keys, periodic slots, done deliveries, expired sessions, and what apps register."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Max, QuerySet

from creator.lib.clock import database_now
from creator.platform.idempotency import LIFETIME
from creator.platform.models import BeatSlot, Delivery, IdempotencyKey

log = structlog.get_logger(__name__)
DAY_S = 24 * 3600
SLOTS_RETAINED_S = 2 * DAY_S
DONE_DELIVERIES_RETAINED_S = 30 * DAY_S
AT_A_TIME = 1000
_rows_of_apps: dict[str, Callable[[], QuerySet[Any]]] = {}


def also_prune(name: str, rows: Callable[[], QuerySet[Any]]) -> None:
    """For an app's `apps.py`: `rows()` are rows of the app that are too old, by the name that the log gives them."""
    _rows_of_apps[name] = rows


def prune() -> dict[str, int]:
    """Deletes rows that are too old and returns how many of each kind. Dead deliveries stay."""
    latest = BeatSlot.objects.order_by().values("task").annotate(latest=Max("pk")).values("latest")
    old_slots = BeatSlot.objects.filter(created_at__lt=database_now(-SLOTS_RETAINED_S))
    old = {
        # Each task's last slot stays: a task's period may be longer than SLOTS_RETAINED_S.
        "beat_slots": old_slots.exclude(pk__in=latest),
        "idempotency_keys": IdempotencyKey.objects.filter(
            created_at__lt=database_now(-LIFETIME.total_seconds())
        ),
        "deliveries": Delivery.objects.filter(done_at__lt=database_now(-DONE_DELIVERIES_RETAINED_S)),
        **{name: rows() for name, rows in _rows_of_apps.items()},
    }
    pruned = {name: delete_in_batches(rows) for name, rows in old.items()}
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    log.info("rows_pruned", **pruned)
    return pruned


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Uses short statements, so that no other transaction waits for a long one."""
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted
