"""Lets several beat processes run: a periodic task inserts its slot, a unique row, before it works.

Slots are computed from the database's clock, so that machines whose clocks differ agree on them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps

import structlog
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from creator.lib.clock import read_database_now
from creator.platform.models import BeatSlot

log = structlog.get_logger(__name__)


def once_per_slot(task: str, every: timedelta) -> Callable[[Callable[[], object]], Callable[[], bool]]:
    """The first firing in each slot does the work and returns True; later ones return False.

    A slot lasts as long as the interval that staff set for the task, or else `every`. If the work raises, the
    error goes to the caller and the slot stays taken: the next slot tries again.
    """

    def decorate(work: Callable[[], object]) -> Callable[[], bool]:
        @wraps(work)
        def run() -> bool:
            if not take_slot(task, interval_of(task) or every):
                return False
            try:
                work()
            except Exception:
                log.error("periodic_task_failed", task=task)
                raise
            return True

        return run

    return decorate


def take_slot(task: str, every: timedelta) -> bool:
    """Whether this firing is the first in the current slot. The row is committed before the work begins."""
    slot = slot_at(read_database_now(), every)
    table = connection.ops.quote_name(BeatSlot._meta.db_table)
    insert = f"INSERT INTO {table} (task, slot, created_at) VALUES (%s, %s, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING"  # noqa: S608  (our table name)
    with connection.cursor() as cursor:
        cursor.execute(insert, [task, connection.ops.adapt_datetimefield_value(slot)])
        inserted: int = cursor.rowcount
    return inserted == 1


def slot_at(moment: datetime, every: timedelta) -> datetime:
    """Start of the slot that contains `moment`; slots are counted from the epoch."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // every * every


def interval_of(task: str) -> timedelta | None:
    """The task's shortest enabled interval; None if it has only a crontab or no entry."""
    entries = PeriodicTask.objects.filter(task=task, enabled=True, interval__isnull=False)
    return min((_length(entry.interval) for entry in entries.select_related("interval")), default=None)


def _length(interval: IntervalSchedule) -> timedelta:
    return timedelta(**{interval.period: interval.every})
