"""A job as it was at each of its events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from jobs.enums import FINAL, JobStatus, Stage
from jobs.models import JobEvent
from jobs.streaming.snapshot import Snapshot, word_of


def past_snapshots(now: Snapshot) -> Iterator[Snapshot]:
    """One snapshot per event before `now`, oldest first.

    Position, estimate, node and preview of that moment are not stored, and a past snapshot has none.
    """
    events = JobEvent.objects.filter(job_id=now.job_id, sequence__lt=now.sequence).select_related("job")
    started_at = None
    for event in events:
        if event.stage == Stage.RUNNING:
            started_at = event.created_at
        yield _as_it_was(event, now, started_at)


def _as_it_was(event: JobEvent, now: Snapshot, started_at: datetime | None) -> Snapshot:
    asked_at = event.job.cancel_requested_at
    processing = event.status == JobStatus.PROCESSING
    return replace(
        now,
        sequence=event.sequence,
        status=event.status,
        stage=event.stage,
        word=word_of(event.status, event.stage),
        percent=event.percent,
        words=event.reason,
        step=0,
        steps=0,
        position=None,
        eta=None,
        why="",
        node="",
        error=None,
        preview_url="",
        updated_at=event.created_at,
        started_at=started_at,
        finished_at=None,
        seconds=None if started_at is None else (event.created_at - started_at).total_seconds(),
        terminal=event.status in FINAL,
        cancelling=processing and asked_at is not None and asked_at <= event.created_at,
    )
