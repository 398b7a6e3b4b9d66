"""What changed in a job since a given sequence: the events after it, then the current state.

All transports send these messages.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from jobs.models import Job, JobProgress
from jobs.streaming.past import past_snapshots
from jobs.streaming.snapshot import Snapshot, snapshot_of

encode = DjangoJSONEncoder().encode
LONGEST_NUMBER = 18


def parse_number(raw: str) -> int | None:
    """Returns the sequence to resume after; None for anything that is not a number, which starts afresh."""
    return int(raw) if raw.isdecimal() and len(raw) <= LONGEST_NUMBER else None


def read_snapshot(job_id: UUID) -> Snapshot:
    """Reads the job's snapshot in a constant number of queries."""
    job = Job.objects.select_related("progress").prefetch_related("attempts__node").get(pk=job_id)
    return snapshot_of(job)


def snapshot_message(now: Snapshot) -> dict[str, Any]:
    """The first message of a socket: the whole snapshot (docs/socket.md has the schema)."""
    return {"type": "snapshot", **asdict(now), "sent_at": timezone.now()}


def first_messages(job_id: UUID, after: int | None) -> list[dict[str, Any]]:
    """Returns what a watcher gets first: the updates after `after`, or a snapshot if there are none.

    Both come from the same read of the job.
    """
    now = read_snapshot(job_id)
    missed = [] if after is None else _messages_up_to(now, after)
    return missed or [snapshot_message(now)]


def news_after(job_id: UUID, sequence: int) -> list[dict[str, Any]]:
    """Like `messages_after`, but costs only one small query if nothing is new.

    Raises ObjectDoesNotExist if the job is gone.
    """
    present = JobProgress.objects.values_list("sequence", flat=True).get(pk=job_id)
    return messages_after(job_id, sequence) if present > sequence else []


def messages_after(job_id: UUID, sequence: int) -> list[dict[str, Any]]:
    """Returns updates with strictly increasing sequences above `sequence`.

    A gap is progress that newer progress replaced, never a missing event.
    """
    return _messages_up_to(read_snapshot(job_id), sequence)


def _messages_up_to(now: Snapshot, sequence: int) -> list[dict[str, Any]]:
    """Returns the events between `sequence` and `now`, then `now` itself.

    The caller reads `now` first, with job and sequence in one statement. Writers take sequences under the
    row's lock, so every event with a smaller sequence is committed by then. The next look finds later events,
    because it asks for what came after `now.sequence`.
    """
    if now.sequence <= sequence:
        return []
    past = [each for each in past_snapshots(now) if each.sequence > sequence]
    return [{"type": "update", **asdict(each), "sent_at": timezone.now()} for each in (*past, now)]


def heartbeat(job_id: UUID, sequence: int) -> dict[str, Any]:
    return {"type": "heartbeat", "job_id": job_id, "sequence": sequence, "sent_at": timezone.now()}
