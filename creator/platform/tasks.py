"""Periodic tasks of the platform, and the outbox's ring.

Tasks have explicit names, no arguments and no results.
"""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from creator.lib.bounds import DATABASE_UPKEEP_REPLY_S
from creator.lib.postgresql.patience import replies_within
from creator.platform import outbox, pruning
from creator.platform.periodic import once_per_slot


@shared_task(name="platform.deliver")
def deliver() -> None:
    outbox.wake_crowds()
    outbox.hand_on_due()


@shared_task(name="platform.ring_for_deliveries")
def ring_for_deliveries() -> None:
    """May run twice in one period: an extra ring does no harm."""
    outbox.ring_for_due()


@shared_task(name="platform.prune")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("platform.prune", timedelta(hours=1))
def prune() -> None:
    pruning.prune()
