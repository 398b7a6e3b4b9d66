from __future__ import annotations

from collections import Counter
from enum import StrEnum

import structlog
from django.db import transaction

from billing.plans import Hourly, count_hourly, limits_of
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.returning import update_returning
from jobs.enums import JobStatus, Stage
from jobs.lifecycle.transitions import follow_move, move_job, next_sequence, wake_after_commit
from jobs.models import Batch, Job
from jobs.signals import cancel_asked

log = structlog.get_logger(__name__)


class CancelAnswer(StrEnum):
    """The result of a cancel: ended while queued, the holder was asked to stop, or already final.

    `STOPPING` is a promise: the job ends cancelled and nothing is charged, even if its picture is finished.
    `RUNS_ON` is given in a batch only: the plan stops no more running jobs in this hour.
    """

    NEVER_STARTED = "never_started"
    STOPPING = "stopping"
    TOO_LATE = "too_late"
    RUNS_ON = "runs_on"


def cancel_job(*, job: Job, by_staff: bool = False) -> CancelAnswer:
    """Ends a queued job at once, or asks the holder of a processing job to stop.

    Repeated calls give the same answer. A job that its node runs has used the node's time, and is not charged: so
    the plan limits how many of them its owner stops in an hour. Raises Refused `rate_limited` beyond that.
    """
    with transaction.atomic(durable=True):
        if _cancel_queued(job):
            return CancelAnswer.NEVER_STARTED
        if _ask_holder(job, by_staff=by_staff):
            return CancelAnswer.STOPPING
    job.refresh_from_db()
    if not job.is_final:  # it was requeued between the two UPDATEs
        return cancel_job(job=job, by_staff=by_staff)
    if job.status != JobStatus.CANCELLED:
        return CancelAnswer.TOO_LATE
    return CancelAnswer.STOPPING if job.cancel_requested_at else CancelAnswer.NEVER_STARTED


def cancel_batch(*, batch: Batch, anew: bool = False, by_staff: bool = False) -> dict[CancelAnswer, int]:
    """Cancels every job that the batch created and returns how many got which answer.

    Starts with the newest job, because claims take the oldest. Does not cancel reused jobs of earlier
    batches. With `anew`, counts only jobs that were open and not asked to stop before; else repeated calls give
    the same answer.
    """
    jobs = batch.jobs.order_by("-rank_at")
    chosen = jobs.filter(finished_at=None, cancel_requested_at=None) if anew else jobs
    return dict(Counter(_cancel_or_leave(job, by_staff=by_staff) for job in chosen))


def _cancel_or_leave(job: Job, *, by_staff: bool) -> CancelAnswer:
    try:
        return cancel_job(job=job, by_staff=by_staff)
    except Refused:
        return CancelAnswer.RUNS_ON


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


def _ask_holder(job: Job, *, by_staff: bool) -> bool:
    """Raises Refused `rate_limited`; the caller's transaction then takes the request back."""
    processing = Job.objects.filter(pk=job.pk, status=JobStatus.PROCESSING)
    asked = update_returning(
        processing.filter(cancel_requested_at=None), "stage", cancel_requested_at=database_now()
    )
    if asked is None and not processing.exists():
        return False
    if asked is not None:
        if asked[0] != Stage.STAGED and not by_staff:
            count_hourly(Hourly.CANCELS, job.owner_id, limits_of(job.owner_id))
        next_sequence(job.id)  # watchers only show a change that has a new sequence number
        wake_after_commit(job.id, job.owner_id)
        transaction.on_commit(lambda: log.info("job_cancel_asked", job_id=str(job.id)), robust=True)
    transaction.on_commit(lambda: cancel_asked.send(sender=Job, job_id=job.id), robust=True)
    return True
