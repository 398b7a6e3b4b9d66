"""What happened to jobs and credits, as events of webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import asdict
from uuid import UUID

from django.utils import timezone

from billing.enums import QuotaLevel
from billing.queries import QuotaNotice
from jobs.enums import FINAL, EventType, JobStatus
from jobs.feed import describe
from jobs.models import JobEvent
from jobs.webhooks.events import Event, tell

NOTICE = ("plan", "left", "credits_left", "jobs_left", "jobs_most", "period_ends_at")


def tell_of_moves(
    owner_id: UUID, status: JobStatus, feed_numbers: Collection[int], wanted: Collection[str]
) -> None:
    """Tells of jobs that entered a status, and of the batches that ended with them. No query if none is wanted."""
    types = {f"job.{status}", *([EventType.BATCH_COMPLETED] if status in FINAL else [])}
    if not types & set(wanted):
        return
    rows = JobEvent.objects.filter(owner_id=owner_id, feed_number__in=feed_numbers).order_by("feed_number")
    events = [
        Event(_event_id(f"{owner_id} {each.id}"), each.type, each.timestamp, each.data, each.id)
        for each in describe(rows)
        if each.type in wanted
    ]
    tell(owner_id, events)


def tell_of_credits(owner_id: UUID, event_id: str, level: QuotaLevel, notice: QuotaNotice) -> None:
    """Tells how little of a period is left: one event for each level and period."""
    facts = asdict(notice)
    data = {"level": level.name.lower(), **{name: facts[name] for name in NOTICE}}
    event = Event(_event_id(f"{owner_id} {event_id}"), EventType.CREDITS_LOW, timezone.now(), data)
    tell(owner_id, [event])


def _event_id(name: str) -> str:
    """The same for the same event, so that it is told once."""
    return f"evt_{uuid.uuid5(uuid.NAMESPACE_OID, name).hex}"
