"""Many beats are as one: a periodic task whose doubling would cost takes its slot before it works.

Slots are cut from the database's clock, so beats and workers on machines with clocks of their own agree on them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps

import structlog
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from creator.lib.clock import read_database_now
from jobs.models import BeatSlot

log = structlog.get_logger(__name__)


def once_per_slot(task: str, every: timedelta) -> Callable[[Callable[[], object]], Callable[[], bool]]:
    """The work is done by the first firing of each slot; later ones return False.

    A slot is as long as the interval that staff gave the task, or `every`. Work that fails keeps its slot: it is tried
    again in the next one, and the error goes on to whoever called.
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
    """Whether this firing is the first of the present slot; the row that says so is there before the work begins."""
    slot = slot_at(read_database_now(), every)
    table = connection.ops.quote_name(BeatSlot._meta.db_table)
    insert = f"INSERT INTO {table} (task, slot, created_at) VALUES (%s, %s, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING"  # noqa: S608  (a name of ours)
    with connection.cursor() as cursor:
        cursor.execute(insert, [task, connection.ops.adapt_datetimefield_value(slot)])
        inserted: int = cursor.rowcount
    return inserted == 1


def slot_at(moment: datetime, every: timedelta) -> datetime:
    """Start of the slot that `moment` lies in; slots are counted from the epoch."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // every * every


def interval_of(task: str) -> timedelta | None:
    """The shortest interval at which the task is asked for now, None where it goes by a crontab or is not asked for."""
    asked = PeriodicTask.objects.filter(task=task, enabled=True, interval__isnull=False)
    return min((_length(entry.interval) for entry in asked.select_related("interval")), default=None)


def _length(interval: IntervalSchedule) -> timedelta:
    return timedelta(**{interval.period: interval.every})
