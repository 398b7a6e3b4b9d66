from __future__ import annotations

from collections import Counter
from enum import StrEnum

import structlog
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from jobs.enums import JobStatus, Outcome
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.finish import end_held
from jobs.lifecycle.transitions import move_job, next_sequence, wake_after_commit
from jobs.models import Batch, Job
from jobs.signals import cancel_asked

log = structlog.get_logger(__name__)


class CancelAnswer(StrEnum):
    """What a cancel achieved."""

    NEVER_STARTED = "never_started"
    STOPPING = "stopping"
    TOO_LATE = "too_late"


def cancel_job(*, job: Job) -> CancelAnswer:
    """Ends a queued job at once; asks the holder of a processing one. The same answer however often it is asked."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        if move_job(job.id, job.owner_id, source=JobStatus.QUEUED, to=JobStatus.CANCELLED, finished_at=now):
            transaction.on_commit(lambda: log.info("job_cancelled", job_id=str(job.id)), robust=True)
            return CancelAnswer.NEVER_STARTED
        processing = Job.objects.filter(pk=job.pk, status=JobStatus.PROCESSING)
        if processing.update(cancel_requested_at=Coalesce("cancel_requested_at", now)):
            next_sequence(job.id)  # watchers show what has a new number
            wake_after_commit(job.id, job.owner_id)
            transaction.on_commit(lambda: log.info("job_cancel_asked", job_id=str(job.id)), robust=True)
            transaction.on_commit(lambda: cancel_asked.send(sender=Job, job_id=job.id), robust=True)
            return CancelAnswer.STOPPING
    job.refresh_from_db()
    if not job.is_final:  # it went back into the queue between the two looks
        return cancel_job(job=job)
    if job.status != JobStatus.CANCELLED:
        return CancelAnswer.TOO_LATE
    return CancelAnswer.STOPPING if job.cancel_requested_at else CancelAnswer.NEVER_STARTED


def cancel_batch(*, batch: Batch) -> dict[CancelAnswer, int]:
    """Cancels each job that the batch made, newest first as claims take the oldest. How many got which answer.

    Jobs that it reuses belong to another batch and go on.
    """
    return dict(Counter(cancel_job(job=job) for job in batch.jobs.order_by("-rank_at")))


def end_cancelled(claim: Claim) -> bool:
    """The holder ends a job whose owner asked for it, once its prompt is off the node."""
    with transaction.atomic(durable=True):
        return end_held(claim, JobStatus.CANCELLED, Outcome.CANCELLED)
