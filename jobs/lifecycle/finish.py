from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from creator.lib.clock import database_now
from jobs.enums import ArtifactKind, FailureCode, JobStatus, Outcome
from jobs.lifecycle.bell import ring_after_commit
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.transitions import move_job
from jobs.models import Artifact, Attempt, Job, JobProgress

log = structlog.get_logger(__name__)


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
    """Completed, with its files, in one transaction. False: the job is no longer held, the files are the caller's to delete."""
    # Nobody is rung: the slot was free before, and the thread that ends a job looks for the next one itself.
    with transaction.atomic(durable=True):
        if not end_held(claim, JobStatus.COMPLETED, Outcome.COMPLETED):
            return False
        JobProgress.objects.filter(pk=claim.job_id).update(percent=100)
        Artifact.objects.bulk_create(
            Artifact(job_id=claim.job_id, **asdict(artifact)) for artifact in artifacts
        )
    log.info("job_completed", job_id=str(claim.job_id))
    return True


def fail_job(claim: Claim, code: FailureCode, *, detail: str = "") -> bool:
    """Failed for good, with words for its owner; `detail` goes to the log only.

    A job whose owner asked to cancel did not fail them: it ends cancelled.
    """
    with transaction.atomic(durable=True):
        if _cancel_is_asked(claim):
            return end_held(claim, JobStatus.CANCELLED, Outcome.CANCELLED)
        ended = end_held(claim, JobStatus.FAILED, Outcome.FAILED, error_code=code, error_message=code.label)
        ring_after_commit()
    if ended:
        log.warning("job_failed", job_id=str(claim.job_id), code=code, detail=detail[:2000])
    return ended


def requeue_job(
    claim: Claim, *, outcome: Outcome, wait_s: float = 0, fault: bool = False, death: bool = False
) -> bool:
    """Back into the queue under its old rank. `fault` counts against the job's tries, `death` towards poison.

    A job whose owner asked to cancel does not wait again: it ends here.
    """
    with transaction.atomic(durable=True):
        if _cancel_is_asked(claim):
            return end_held(claim, JobStatus.CANCELLED, Outcome.CANCELLED)
        moved = end_held(
            claim,
            JobStatus.QUEUED,
            outcome,
            not_before=database_now(wait_s) if wait_s else None,
            faults=F("faults") + int(fault),
            deaths=F("deaths") + int(death),
            words="The node was lost. Waiting for another one."
            if outcome is Outcome.LOST
            else "Trying again.",
        )
        if moved:
            JobProgress.objects.filter(pk=claim.job_id).update(percent=0, words="", step=0, steps=0)
        ring_after_commit()
    if moved:
        log.info(
            "job_requeued", job_id=str(claim.job_id), outcome=outcome, fault=fault, death=death, wait_s=wait_s
        )
    return moved


def _cancel_is_asked(claim: Claim) -> bool:
    """Asked under the row's lock, so that a cancel comes either before and is seen or finds a queued job."""
    held = Job.objects.select_for_update().filter(pk=claim.job_id, token=claim.token)
    return any(asked is not None for asked in held.values_list("cancel_requested_at", flat=True))


def fail_waiting(job: Job, code: FailureCode) -> bool:
    """Fails a queued job that nothing ever took."""
    with transaction.atomic(durable=True):
        return move_job(
            job.id,
            job.owner_id,
            source=JobStatus.QUEUED,
            to=JobStatus.FAILED,
            finished_at=timezone.now(),
            error_code=code,
            error_message=code.label,
        )


def end_held(claim: Claim, to: JobStatus, outcome: Outcome, **fields: Any) -> bool:
    now = timezone.now()
    if to is not JobStatus.QUEUED:
        fields["finished_at"] = now
    if not move_job(
        claim.job_id, claim.owner_id, source=JobStatus.PROCESSING, to=to, held=claim.token, **fields
    ):
        return False
    Attempt.objects.filter(pk=claim.attempt_id).update(
        ended_at=now, outcome=outcome, node_done_at=Coalesce("node_done_at", now)
    )
    return True
