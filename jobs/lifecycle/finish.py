"""Ends a claim: the job is completed, failed, queued again or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from creator.lib.clock import database_now
from jobs.enums import ArtifactKind, FailureCode, JobStatus, Outcome
from jobs.lifecycle.bell import doorbell
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.retention_dates import retained_until
from jobs.lifecycle.transitions import FINISHED, NOT_STARTED, Columns, follow_move, move_job
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


def finish_job(claim: Claim, artifacts: Sequence[NewArtifact]) -> bool:
    """Completes the job, records its files and settles its hold, in one transaction.

    A cancel request does not prevent it. False: the claim no longer holds the job, and the caller must delete
    the files.
    """
    # No ring here: `free_slot` already rang, and this thread looks for the next job itself.
    with transaction.atomic(durable=True):
        until = retained_until(claim.owner_id)
        # 1. The job, if its row still has this token.
        moved = move_job(
            _held(claim),
            owner_id=claim.owner_id,
            source=JobStatus.PROCESSING,
            to=JobStatus.COMPLETED,
            columns={"files_expire_at": until},
        )
        if moved is None:
            return False
        # 2. Event, attempt, artifacts, counts, photo, credits.
        rows = [Artifact(job_id=claim.job_id, expires_at=until, **asdict(artifact)) for artifact in artifacts]
        follow_move(moved, outcome=Outcome.COMPLETED, progress=FINISHED, artifacts=rows, until=until)
    log.info("job_completed", job_id=str(claim.job_id))
    return True


def fail_job(claim: Claim, code: FailureCode, *, detail: str = "") -> bool:
    """Fails the job.

    Its owner reads the code's label; `detail` only goes to the log. False: the job is no longer held.
    """
    ended = _end_unless_cancelled(
        claim,
        JobStatus.FAILED,
        Outcome.FAILED,
        columns={"error_code": code, "error_message": code.label},
    )
    if ended is JobStatus.FAILED:
        log.warning("job_failed", job_id=str(claim.job_id), code=code, detail=detail[:2000])
    return ended is not None


def requeue_job(
    claim: Claim, *, outcome: Outcome, wait_s: float = 0, fault: bool = False, death: bool = False
) -> bool:
    """Queues the job again under its old rank; no claim takes it for the next `wait_s` seconds.

    `fault` uses up one of its tries, `death` counts towards poison. False: the job is no longer held.
    """
    lost = outcome is Outcome.LOST
    ended = _end_unless_cancelled(
        claim,
        JobStatus.QUEUED,
        outcome,
        reason="The node was lost. Waiting for another one." if lost else "Trying again.",
        progress=NOT_STARTED,
        columns={
            "not_before": database_now(wait_s) if wait_s else None,
            "faults": F("faults") + int(fault),
            "deaths": F("deaths") + int(death),
        },
    )
    if ended is JobStatus.QUEUED:
        log.info(
            "job_requeued", job_id=str(claim.job_id), outcome=outcome, fault=fault, death=death, wait_s=wait_s
        )
    return ended is not None


def end_cancelled(claim: Claim) -> bool:
    """Cancels a processing job. Call it once the prompt is off its node. False: the job is no longer held."""
    with transaction.atomic(durable=True):
        return _end(claim, JobStatus.CANCELLED, Outcome.CANCELLED)


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
    claim: Claim,
    to: JobStatus,
    outcome: Outcome,
    *,
    columns: Columns,
    reason: str = "",
    progress: Columns | None = None,
) -> JobStatus | None:
    """Moves the job to `to`, or to cancelled if its owner asked for that.

    Only this function makes that decision. Returns the job's new status, or None if the job is no longer
    held.
    """
    with transaction.atomic(durable=True):
        if _end(claim, to, outcome, guard=NO_CANCEL, columns=columns, reason=reason, progress=progress):
            ended: JobStatus | None = to
        else:
            cancelled = _end(claim, JobStatus.CANCELLED, Outcome.CANCELLED)
            ended = JobStatus.CANCELLED if cancelled else None
        doorbell.ring_after_commit()
    return ended


def _end(
    claim: Claim,
    to: JobStatus,
    outcome: Outcome,
    *,
    guard: Q | None = None,
    columns: Columns | None = None,
    reason: str = "",
    progress: Columns | None = None,
) -> bool:
    moved = move_job(
        _held(claim).filter(guard or Q()),
        owner_id=claim.owner_id,
        source=JobStatus.PROCESSING,
        to=to,
        columns=columns,
    )
    if moved is None:
        return False
    follow_move(moved, outcome=outcome, reason=reason, progress=progress)
    if to is JobStatus.CANCELLED:
        transaction.on_commit(lambda: log.info("job_cancelled", job_id=str(claim.job_id)), robust=True)
    return True


def _held(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, token=claim.token)
