"""The snapshot: a job as its owner sees it at one moment, the same for page, socket and polling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from jobs.enums import JobStatus, Stage
from jobs.models import Job
from jobs.scheduling import Wait, estimate_waits
from jobs.streaming.previews import is_shown, latest_number


@dataclass(frozen=True)
class Snapshot:
    """`percent` is 0 to 100; `eta` and `seconds` are in seconds; `position` 1 is next in line.

    `sequence` is the number of the job's newest event or progress update.
    """

    job_id: UUID
    sequence: int
    status: str
    stage: str
    word: str
    percent: float
    words: str
    step: int
    steps: int
    position: int | None
    eta: int | None
    why: str
    node: str
    parameters: dict[str, Any]
    error: dict[str, str] | None
    preview_url: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    terminal: bool
    cancelling: bool


def word_of(status: str, stage: str) -> str:
    """A status and stage as people read them. A staged prompt still counts as queued."""
    return Stage(stage).label if stage else JobStatus(status).label


def snapshot_of(job: Job) -> Snapshot:
    """Returns one job's snapshot; queries the relations that `job` has not loaded."""
    return snapshots_of([job])[0]


def snapshots_of(jobs: Sequence[Job]) -> list[Snapshot]:
    """Returns snapshots in the order of `jobs`.

    For a constant number of queries, load the jobs with `progress` and prefetch `attempts__node`.
    """
    waits = estimate_waits(jobs)
    return [_snapshot(job, waits.get(job.id, Wait(None, None, ""))) for job in jobs]


def _snapshot(job: Job, wait: Wait) -> Snapshot:
    progress = job.progress
    processing = job.status == JobStatus.PROCESSING
    return Snapshot(
        job_id=job.id,
        sequence=progress.sequence,
        status=job.status,
        stage=job.stage,
        word=word_of(job.status, job.stage),
        percent=progress.percent if job.status != JobStatus.QUEUED else 0.0,
        words=progress.stage_title if processing else "",
        step=progress.step if processing else 0,
        steps=progress.steps if processing else 0,
        position=wait.position,
        eta=wait.eta_s,
        why=wait.why,
        node=_node(job) if processing else "",
        parameters=job.parameters,
        error={"code": job.error_code, "message": job.error_message} if job.error_code else None,
        preview_url=_preview_url(job) if is_shown(job) else "",
        created_at=job.created_at,
        updated_at=progress.updated_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        seconds=_seconds(job),
        terminal=job.is_final,
        cancelling=processing and job.cancel_requested_at is not None,
    )


def _node(job: Job) -> str:
    attempts = list(job.attempts.all())
    return attempts[-1].node.name if attempts else ""


def _preview_url(job: Job) -> str:
    number = latest_number(job.id)
    return f"{reverse('job_preview', args=[job.id])}?n={number}" if number else ""


def _seconds(job: Job) -> float | None:
    if job.started_at is None:
        return None
    return ((job.finished_at or timezone.now()) - job.started_at).total_seconds()
