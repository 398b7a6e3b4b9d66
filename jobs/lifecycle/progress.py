from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import QuerySet

from creator.lib.clock import database_now, now_sql
from jobs.enums import JobStatus, Stage
from jobs.lifecycle.bell import doorbell
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.transitions import record_event, wake_after_commit
from jobs.models import Attempt, Job

# The statement locks the job's row before it writes progress. A late holder that had to wait for the lock
# then sees the new token and writes nothing. SQLite has only one writer at a time and no such clause.
REPORT = """
WITH held AS (SELECT id FROM jobs_job WHERE id = %s AND token = %s AND status = 'processing' {lock})
UPDATE jobs_jobprogress
   SET sequence = sequence + 1, percent = CASE WHEN percent < %s THEN %s ELSE percent END,
       stage_title = %s, step = %s, steps = %s, updated_at = {now}
  FROM held WHERE job_id = held.id
RETURNING sequence
"""


def report_progress(claim: Claim, *, percent: float, stage_title: str, step: int, steps: int) -> bool:
    """Overwrites the job's progress if this claim still holds it; otherwise returns False.

    `percent` never falls. One statement.
    """
    lock = "FOR NO KEY UPDATE" if connection.features.has_select_for_no_key_update else ""
    uuids = [Job._meta.pk.get_db_prep_value(each, connection) for each in (claim.job_id, claim.token)]
    with connection.cursor() as cursor:
        cursor.execute(
            REPORT.format(lock=lock, now=now_sql()),
            [*uuids, float(percent), float(percent), stage_title, step, steps],
        )
        if cursor.fetchone() is None:
            return False
    wake_after_commit(claim.job_id, claim.owner_id)
    return True


def enter_stage(claim: Claim, stage: Stage) -> bool:
    """Sets the stage of a processing job and records it as an event. False: the job is no longer held."""
    now = database_now()
    with transaction.atomic(durable=True):
        changes = {"stage": stage, "started_at": now} if stage is Stage.RUNNING else {"stage": stage}
        if not _held(claim).update(**changes):
            return False
        record_event(claim.job_id, claim.owner_id, status=JobStatus.PROCESSING, stage=stage)
        if stage is Stage.RUNNING:
            Attempt.objects.filter(pk=claim.attempt_id).update(execution_started_at=now)
    return True


def free_slot(claim: Claim, *, gpu_seconds: float | None, previews: Collection[str] = ()) -> bool:
    """Frees the node's slot once the node has finished the prompt.

    `previews` are the names of the pictures that the prompt left in the node's temp folder.

    The slot takes the next job while this one is saved. Resets `lost_holders`: from here on it counts only
    holders that were lost while they saved the result. False: the job is no longer held.
    """
    with transaction.atomic(durable=True):
        if not _held(claim).update(stage=Stage.SAVING):
            return False
        record_event(claim.job_id, claim.owner_id, status=JobStatus.PROCESSING, stage=Stage.SAVING)
        Attempt.objects.filter(pk=claim.attempt_id, node_done_at__isnull=True).update(
            node_done_at=database_now(), gpu_seconds=gpu_seconds, lost_holders=0, previews=sorted(previews)
        )
        doorbell.ring_after_commit()
    return True


def _held(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, token=claim.token, status=JobStatus.PROCESSING)
