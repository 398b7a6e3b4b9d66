"""Celery's beat on the rows of django-celery-beat, on every profile.

The rows are the schedule: a migration makes them and staff change them. Nothing here or in the settings adds to them.
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
    """Goes on through outages: of the database by what it read last, of the broker by trying again at the next firing."""

    # None makes each firing take a connection from the application's pool, which heals by itself. Beat's own producer
    # stays with the connection that it was made on, and is of no use once a broker without publish retries has restarted.
    producer = None

    def setup_schedule(self) -> None:
        """Adds no entries: those of settings and of Celery itself would be written over what staff decided."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Sends what is due. Returns the seconds until there is something to do."""
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
