"""What changed in a job since a number: every state event after it, then the present. One log for every transport."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from jobs.enums import FINAL
from jobs.models import Job, JobEvent, JobProgress
from jobs.streaming.snapshot import Snapshot, snapshot_of

encode = DjangoJSONEncoder().encode
LONGEST_NUMBER = 18


def parse_number(raw: str) -> int | None:
    """The number that a client asks to resume after; None for nonsense, which is a fresh start."""
    return int(raw) if raw.isdecimal() and len(raw) <= LONGEST_NUMBER else None


def read_snapshot(job_id: UUID) -> Snapshot:
    """The present, with the rows it needs in a constant number of queries."""
    job = Job.objects.select_related("progress").prefetch_related("attempts__node").get(pk=job_id)
    return snapshot_of(job)


def snapshot_message(now: Snapshot) -> dict[str, Any]:
    """The first message of a socket: everything (docs/socket.md has the schema)."""
    return {"type": "snapshot", **asdict(now), "sent_at": timezone.now()}


def first_messages(job_id: UUID, after: int | None) -> list[dict[str, Any]]:
    """What a watcher gets first: what came after the number, or else the present. One read decides which."""
    now = read_snapshot(job_id)
    missed = [] if after is None else _messages_up_to(now, after)
    return missed or [snapshot_message(now)]


def news_after(job_id: UUID, sequence: int) -> list[dict[str, Any]]:
    """As `messages_after`, for one small query where nothing is new. Raises ObjectDoesNotExist for a vanished job."""
    present = JobProgress.objects.values_list("sequence", flat=True).get(pk=job_id)
    return messages_after(job_id, sequence) if present > sequence else []


def messages_after(job_id: UUID, sequence: int) -> list[dict[str, Any]]:
    """Updates with strictly increasing numbers above `sequence`; a hole is superseded progress, never a state event."""
    return _messages_up_to(read_snapshot(job_id), sequence)


def _messages_up_to(now: Snapshot, sequence: int) -> list[dict[str, Any]]:
    """The events between the number and the present, and the present.

    The present is read first, job and number in one statement: every event with a smaller number is committed by then,
    for numbers are taken under the row's lock; a later one is found by the next look, which asks with the present's number.
    """
    if now.sequence <= sequence:
        return []
    events = JobEvent.objects.filter(job_id=now.job_id, sequence__gt=sequence, sequence__lt=now.sequence)
    present = {"type": "update", **asdict(now), "sent_at": timezone.now()}
    return [*(_event_message(event, now) for event in events), present]


def _event_message(event: JobEvent, now: Snapshot) -> dict[str, Any]:
    """A past state: what it was then, and of the present only what does not change."""
    past = {"position": None, "eta": None, "node": "", "error": None, "preview_url": "", "words": event.words}
    return {
        "type": "update",
        **asdict(now),
        **past,
        "sequence": event.sequence,
        "status": event.status,
        "stage": event.stage,
        "updated_at": event.created_at,
        "terminal": event.status in FINAL,
        "sent_at": timezone.now(),
    }


def heartbeat(job_id: UUID, sequence: int) -> dict[str, Any]:
    return {"type": "heartbeat", "job_id": job_id, "sequence": sequence, "sent_at": timezone.now()}
