"""Celery's beat scheduler on the rows of django-celery-beat, on every profile.

The rows are the schedule: migrations insert them and staff edit them. Neither this module nor the settings
add entries.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery.beat import ScheduleEntry, SchedulingError
from django.db import Error
from django_celery_beat.schedulers import DatabaseScheduler

log = structlog.get_logger(__name__)
PAUSE_S = 1.0


class RowScheduler(DatabaseScheduler):
    """Survives outages.

    While the database is away it uses the last schedule; while the broker is away it retries at the next
    firing.
    """

    # None makes each firing take a connection from the application's pool, which reconnects by itself. Beat's
    # own producer stays bound to its first connection, and without publish retries it stops working once the
    # broker restarts.
    producer = None

    def setup_schedule(self) -> None:
        """Adds no entries: those of the settings and of Celery itself would overwrite what staff changed."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Sends the tasks that are due. Returns the seconds until the next one."""
        try:
            wait_s: float = super().tick(*args, **kwargs)
        except Error as error:
            log.warning("beat_cannot_read_schedule", reason=str(error))
            self._initial_read = self._schedule is None
            return PAUSE_S
        return wait_s

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            log.warning("beat_cannot_ring", task=entry.task, reason=str(error))
