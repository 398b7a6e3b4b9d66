from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from jobs.enums import JobStatus, Stage
from jobs.lifecycle.bell import ring_after_commit
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.transitions import next_sequence, record_event, wake_after_commit
from jobs.models import Attempt, Job, JobProgress


def report_progress(claim: Claim, *, percent: float, words: str, step: int, steps: int) -> bool:
    """Overwrites the job's progress, for the holder only; the percentage never falls. False: the job is no longer held."""
    with transaction.atomic(durable=True):
        if not _holds(claim):
            return False
        next_sequence(
            claim.job_id,
            percent=Greatest("percent", Value(float(percent))),
            words=words,
            step=step,
            steps=steps,
            updated_at=timezone.now(),
        )
        wake_after_commit(claim.job_id, claim.owner_id)
    return True


def enter_stage(claim: Claim, stage: Stage) -> bool:
    """Notes where a processing job is, as a state event. False: the job is no longer held."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        changes = {"stage": stage, "started_at": now} if stage is Stage.RUNNING else {"stage": stage}
        if not _held(claim).update(**changes):
            return False
        if stage is Stage.RUNNING:
            Attempt.objects.filter(pk=claim.attempt_id).update(execution_started_at=now)
        record_event(claim.job_id, claim.owner_id, status=JobStatus.PROCESSING, stage=stage)
    return True


def free_slot(claim: Claim, *, gpu_seconds: float | None) -> bool:
    """The node is done with the prompt: its slot takes the next job while this one is saved."""
    with transaction.atomic(durable=True):
        if not _held(claim).update(stage=Stage.SAVING):
            return False
        Attempt.objects.filter(pk=claim.attempt_id, node_done_at__isnull=True).update(
            node_done_at=timezone.now(), gpu_seconds=gpu_seconds
        )
        record_event(claim.job_id, claim.owner_id, status=JobStatus.PROCESSING, stage=Stage.SAVING)
        ring_after_commit()
    return True


def _holds(claim: Claim) -> bool:
    """Checked under the progress row's lock, so that a late holder cannot slip in between check and write."""
    list(JobProgress.objects.select_for_update().filter(pk=claim.job_id))
    return _held(claim).exists()


def _held(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, token=claim.token, status=JobStatus.PROCESSING)
