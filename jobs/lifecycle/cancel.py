from __future__ import annotations

from collections import Counter
from enum import StrEnum

import structlog
from django.db import transaction
from django.db.models.functions import Coalesce

from creator.lib.clock import database_now
from jobs.enums import JobStatus
from jobs.lifecycle.transitions import follow_move, move_job, next_sequence, wake_after_commit
from jobs.models import Batch, Job
from jobs.signals import cancel_asked

log = structlog.get_logger(__name__)


class CancelAnswer(StrEnum):
    """The result of a cancel: ended while queued, the holder was asked to stop, or already final.

    `STOPPING` is a promise: the job ends cancelled and nothing is charged, even if its picture is finished.
    """

    NEVER_STARTED = "never_started"
    STOPPING = "stopping"
    TOO_LATE = "too_late"


def cancel_job(*, job: Job) -> CancelAnswer:
    """Ends a queued job at once, or asks the holder of a processing job to stop.

    Repeated calls give the same answer.
    """
    with transaction.atomic(durable=True):
        if _cancel_queued(job):
            return CancelAnswer.NEVER_STARTED
        if _ask_holder(job):
            return CancelAnswer.STOPPING
    job.refresh_from_db()
    if not job.is_final:  # it was requeued between the two UPDATEs
        return cancel_job(job=job)
    if job.status != JobStatus.CANCELLED:
        return CancelAnswer.TOO_LATE
    return CancelAnswer.STOPPING if job.cancel_requested_at else CancelAnswer.NEVER_STARTED


def cancel_batch(*, batch: Batch, anew: bool = False) -> dict[CancelAnswer, int]:
    """Cancels every job that the batch created and returns how many got which answer.

    Starts with the newest job, because claims take the oldest. Does not cancel reused jobs of earlier
    batches. With `anew`, counts only jobs that were open and not asked to stop before; else repeated calls give
    the same answer.
    """
    jobs = batch.jobs.order_by("-rank_at")
    chosen = jobs.filter(finished_at=None, cancel_requested_at=None) if anew else jobs
    return dict(Counter(cancel_job(job=job) for job in chosen))


def _cancel_queued(job: Job) -> bool:
    moved = move_job(
        Job.objects.filter(pk=job.pk),
        owner_id=job.owner_id,
        source=JobStatus.QUEUED,
        to=JobStatus.CANCELLED,
    )
    if moved is None:
        return False
    follow_move(moved)
    transaction.on_commit(lambda: log.info("job_cancelled", job_id=str(job.id)), robust=True)
    return True


def _ask_holder(job: Job) -> bool:
    processing = Job.objects.filter(pk=job.pk, status=JobStatus.PROCESSING)
    if not processing.update(cancel_requested_at=Coalesce("cancel_requested_at", database_now())):
        return False
    next_sequence(job.id)  # watchers only show a change that has a new sequence number
    wake_after_commit(job.id, job.owner_id)
    transaction.on_commit(lambda: log.info("job_cancel_asked", job_id=str(job.id)), robust=True)
    transaction.on_commit(lambda: cancel_asked.send(sender=Job, job_id=job.id), robust=True)
    return True
