"""Rings for workers. A ring carries nothing: lost, late or doubled ones change nothing, rows are the truth."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
RING = "jobs.run_next"
MOST_RINGS = 16


def ring_after_commit(times: int = 1) -> None:
    """Rings once the transaction is committed; best effort, never retried here."""
    transaction.on_commit(lambda: ring(times), robust=True)


def ring(times: int = 1) -> None:
    """Rings up to MOST_RINGS times: whoever is woken goes on claiming until nothing fits."""
    try:
        for _ in range(min(times, MOST_RINGS)):
            current_app.send_task(RING, expires=30, retry=False, ignore_result=True)
    except OperationalError as error:
        log.warning("ring_failed", reason=str(error))
