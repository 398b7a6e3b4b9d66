from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from creator.lib.clock import database_now
from jobs.enums import ArtifactKind, FailureCode, JobStatus, Outcome
from jobs.lifecycle.bell import ring_after_commit
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.expiry import kept_until
from jobs.lifecycle.transitions import move_job
from jobs.models import Artifact, Job

log = structlog.get_logger(__name__)
NOT_ASKED = Q(cancel_requested_at__isnull=True)
"""In the guard of a move: a cancel comes either before it and is obeyed, or finds what the move made of the job."""


@dataclass(frozen=True)
class NewArtifact:
    """A file that lies in storage and becomes a result only if the job is still held. Sizes in bytes and pixels."""

    kind: ArtifactKind
    key: str
    content_type: str
    sha256: str
    size: int
    width: int
    height: int


def finish_job(claim: Claim, artifacts: Sequence[NewArtifact]) -> bool:
    """Completed and charged, with its files, in one transaction. False: the job is no longer held, the files are the caller's to delete."""
    # Nobody is rung: the slot was free before, and the thread that ends a job looks for the next one itself.
    with transaction.atomic(durable=True):
        until = kept_until(claim.owner_id)
        rows = [Artifact(job_id=claim.job_id, expires_at=until, **asdict(artifact)) for artifact in artifacts]
        done = {"files_expire_at": until, "progress": {"percent": 100}}
        if not end_held(
            claim,
            JobStatus.COMPLETED,
            Outcome.COMPLETED,
            also=lambda: Artifact.objects.bulk_create(rows),
            **done,
        ):
            return False
    log.info("job_completed", job_id=str(claim.job_id))
    return True


def fail_job(claim: Claim, code: FailureCode, *, detail: str = "") -> bool:
    """Failed for good, with words for its owner; `detail` goes to the log only.

    A job whose owner asked to cancel did not fail them: it ends cancelled.
    """
    with transaction.atomic(durable=True):
        words = {"error_code": code, "error_message": code.label}
        failed = end_held(claim, JobStatus.FAILED, Outcome.FAILED, only=NOT_ASKED, **words)
        ended = failed or end_held(claim, JobStatus.CANCELLED, Outcome.CANCELLED)
        ring_after_commit()
    if failed:
        log.warning("job_failed", job_id=str(claim.job_id), code=code, detail=detail[:2000])
    return ended


def requeue_job(
    claim: Claim, *, outcome: Outcome, wait_s: float = 0, fault: bool = False, death: bool = False
) -> bool:
    """Back into the queue under its old rank. `fault` counts against the job's tries, `death` towards poison.

    A job whose owner asked to cancel does not wait again: it ends here.
    """
    with transaction.atomic(durable=True):
        moved = end_held(
            claim,
            JobStatus.QUEUED,
            outcome,
            only=NOT_ASKED,
            not_before=database_now(wait_s) if wait_s else None,
            faults=F("faults") + int(fault),
            deaths=F("deaths") + int(death),
            words="The node was lost. Waiting for another one."
            if outcome is Outcome.LOST
            else "Trying again.",
            progress={"percent": 0, "words": "", "step": 0, "steps": 0},
        )
        ended = moved or end_held(claim, JobStatus.CANCELLED, Outcome.CANCELLED)
        ring_after_commit()
    if moved:
        log.info(
            "job_requeued", job_id=str(claim.job_id), outcome=outcome, fault=fault, death=death, wait_s=wait_s
        )
    return ended


def fail_waiting(job: Job, code: FailureCode) -> bool:
    """Fails a queued job that nothing ever took."""
    with transaction.atomic(durable=True):
        failed = move_job(
            job.id,
            job.owner_id,
            source=JobStatus.QUEUED,
            to=JobStatus.FAILED,
            finished_at=timezone.now(),
            error_code=code,
            error_message=code.label,
        )
    if failed:
        log.warning("job_failed", job_id=str(job.id), code=code, detail="waited in the queue for too long")
    return failed


def end_held(claim: Claim, to: JobStatus, outcome: Outcome, **changes: Any) -> bool:
    """What the holder ends, for whoever still holds it. False: nobody else's work was touched."""
    if to is not JobStatus.QUEUED:
        changes["finished_at"] = timezone.now()
    moved = move_job(
        claim.job_id,
        claim.owner_id,
        source=JobStatus.PROCESSING,
        to=to,
        held=claim.token,
        outcome=outcome,
        **changes,
    )
    if moved and to is JobStatus.CANCELLED:  # comes by three ways, and is told here for all of them
        transaction.on_commit(lambda: log.info("job_cancelled", job_id=str(claim.job_id)), robust=True)
    return moved
