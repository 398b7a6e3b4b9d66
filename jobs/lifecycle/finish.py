"""Ends a claim: the job is completed, failed, queued again or cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F, Q

from creator.lib.clock import database_now
from jobs.enums import UNFINISHED, ArtifactKind, FailureCode, JobStatus, Outcome
from jobs.lifecycle.bell import doorbell
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.retention_dates import retained_until
from jobs.lifecycle.transitions import (
    FINISHED,
    NO_CAUSE,
    NOT_STARTED,
    Cause,
    Columns,
    Move,
    follow_move,
    move_job,
)
from jobs.models import Artifact, Job

log = structlog.get_logger(__name__)
NO_CANCEL = Q(cancel_requested_at__isnull=True)
"""Guard for a move that a cancel overrides.

A cancel request committed before the move wins; a later one finds the new status.
"""


@dataclass(frozen=True)
class NewArtifact:
    """A stored file that becomes the job's artifact if the claim still holds.

    `size` in bytes, width and height in pixels.
    """

    kind: ArtifactKind
    key: str
    content_type: str
    sha256: str
    size: int
    width: int
    height: int


def finish_job(claim: Claim, artifacts: Sequence[NewArtifact]) -> JobStatus | None:
    """Completes the job, records its files and settles its hold, in one transaction.

    Returns the job's new status: completed, or cancelled if its owner had asked for that before. None: the
    claim no longer holds the job. Unless the job is completed, the caller must delete the files.
    """
    until = retained_until(claim.owner_id)
    rows = [Artifact(job_id=claim.job_id, expires_at=until, **asdict(artifact)) for artifact in artifacts]
    # No ring here: `free_slot` already rang, and this thread looks for the next job itself.
    with transaction.atomic(durable=True):
        ended = _end_unless_cancelled(
            claim,
            JobStatus.COMPLETED,
            columns={"files_expire_at": until},
            follow=partial(
                follow_move, outcome=Outcome.COMPLETED, progress=FINISHED, artifacts=rows, until=until
            ),
        )
    if ended is JobStatus.COMPLETED:
        log.info("job_completed", job_id=str(claim.job_id))
    return ended


def fail_job(claim: Claim, code: FailureCode, *, cause: Cause = NO_CAUSE) -> JobStatus | None:
    """Fails the job, or cancels it if its owner asked for that, and returns its new status.

    Its owner reads the words of `cause`, or the code's label if there are none. None: the job is no longer held.
    """
    with transaction.atomic(durable=True):
        ended = _end_unless_cancelled(
            claim,
            JobStatus.FAILED,
            columns={"error_code": code, "error_message": cause.words or code.label},
            follow=partial(follow_move, outcome=Outcome.FAILED, cause=cause),
        )
        doorbell.ring_after_commit()
    if ended is JobStatus.FAILED:
        log.warning("job_failed", job_id=str(claim.job_id), code=code, detail=cause.detail[:2000])
    return ended


def requeue_job(
    claim: Claim,
    *,
    outcome: Outcome,
    wait_s: float = 0,
    fault: bool = False,
    death: bool = False,
    cause: Cause = NO_CAUSE,
) -> JobStatus | None:
    """Queues the job again under its old rank, or cancels it if its owner asked; returns its new status.

    No claim takes it for the next `wait_s` seconds. `fault` uses up one of its tries, `death` counts towards
    poison. Its owner reads the words of `cause`. None: the job is no longer held.
    """
    told = cause if cause.words else replace(cause, words="Trying again.")
    with transaction.atomic(durable=True):
        ended = _end_unless_cancelled(
            claim,
            JobStatus.QUEUED,
            columns={
                "not_before": database_now(wait_s) if wait_s else None,
                "faults": F("faults") + int(fault),
                "deaths": F("deaths") + int(death),
            },
            follow=partial(follow_move, outcome=outcome, cause=told, progress=NOT_STARTED),
        )
        doorbell.ring_after_commit()
    if ended is JobStatus.QUEUED:
        log.info(
            "job_requeued",
            job_id=str(claim.job_id),
            outcome=outcome,
            error=cause.error,
            fault=fault,
            death=death,
            wait_s=wait_s,
        )
    return ended


def finish_failed(job: Job, artifacts: Sequence[NewArtifact]) -> bool:
    """Completes a job that failed only because its picture could not be saved. Nothing is charged.

    False: it is no such job, or its files are purged; the caller must delete the files.
    """
    until = retained_until(job.owner_id)
    rows = [Artifact(job_id=job.id, expires_at=until, **asdict(artifact)) for artifact in artifacts]
    with transaction.atomic(durable=True):
        moved = move_job(
            Job.objects.filter(pk=job.pk, error_code__in=UNFINISHED, files_purged_at=None),
            owner_id=job.owner_id,
            source=JobStatus.FAILED,
            to=JobStatus.COMPLETED,
            columns={"files_expire_at": until, "error_code": "", "error_message": ""},
        )
        if moved is None:
            return False
        follow_move(moved, progress=FINISHED, artifacts=rows, until=until)
    log.info("job_finished_by_staff", job_id=str(job.id))
    return True


def fail_waiting(job: Job, code: FailureCode) -> bool:
    """Fails a queued job. False: it is no longer queued."""
    with transaction.atomic(durable=True):
        moved = move_job(
            Job.objects.filter(pk=job.pk),
            owner_id=job.owner_id,
            source=JobStatus.QUEUED,
            to=JobStatus.FAILED,
            columns={"error_code": code, "error_message": code.label},
        )
        if moved is None:
            return False
        follow_move(moved)
    log.warning("job_failed", job_id=str(job.id), code=code, detail="waited in the queue for too long")
    return True


def _end_unless_cancelled(
    claim: Claim, to: JobStatus, *, columns: Columns, follow: Callable[[Move], None]
) -> JobStatus | None:
    """Moves a held job to `to`, or to cancelled if its owner asked for that, and returns its new status.

    Only this function makes that decision. `follow` makes the other writes of the move to `to`. None: the job
    is no longer held.
    """
    held = Job.objects.filter(pk=claim.job_id, token=claim.token)
    move = partial(move_job, owner_id=claim.owner_id, source=JobStatus.PROCESSING)
    if moved := move(held.filter(NO_CANCEL), to=to, columns=columns):
        follow(moved)
        return to
    if moved := move(held, to=JobStatus.CANCELLED):
        follow_move(moved, outcome=Outcome.CANCELLED)
        transaction.on_commit(lambda: log.info("job_cancelled", job_id=str(claim.job_id)), robust=True)
        return JobStatus.CANCELLED
    return None
