"""The one way into the queue: batch, jobs, counts and first events in one transaction; the ring comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from billing.ledger import hold_credits
from billing.plans import PlanLimits, limits_of
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.words import count
from jobs.enums import OPEN, JobStatus
from jobs.lifecycle.bell import ring_after_commit
from jobs.lifecycle.transitions import reference_of, wake_after_commit
from jobs.models import Batch, Job, JobEvent, JobProgress, Upload, UserQueue

log = structlog.get_logger(__name__)
STEP = timedelta(microseconds=1)


def enqueue(*, owner: User, key: UUID, drafts: Sequence[Job], reuse: bool = False) -> Batch:
    """Stores the drafts as queued jobs of one batch; the same owner and key again is the same batch, unchanged.

    With `reuse` a draft that repeats a job of its owner, in flight or with its files still there, is answered with
    that job. All are taken or none. Raises Refused: `queue_full`, `insufficient_credits`, `gone` for a photo that
    went meanwhile.
    """
    with transaction.atomic():
        batch, made = _batch_of(owner, key)
        if made:
            queued = _lock_queue(owner)
            limits = limits_of(owner.id)  # under the lock: read before it, they could undo a change of plan
            jobs = _without_repeated(batch, drafts) if reuse else list(drafts)
            _require_room(queued, len(jobs), limits)
            _store(batch, jobs, limits)
            _hold(jobs)
            ring_after_commit(len(jobs))
            transaction.on_commit(lambda: _tell(batch, jobs), robust=True)
    return batch


def jobs_of(batch: Batch) -> QuerySet[Job]:
    """The jobs that answer a batch, oldest first: its own, and those of earlier batches that it reuses."""
    own = Job.objects.filter(batch=batch).values("pk")
    # One or the other as a condition would be looked for among all jobs there ever were.
    return Job.objects.filter(pk__in=own.union(batch.reused.values("pk"))).order_by("rank_at")


def follow_plan(owner_id: UUID) -> None:
    """The owner's queue takes the limits of their plan, also for jobs that wait already.

    Never inside a transaction that changes the account: the queue is locked before it, not after.
    """
    queue = UserQueue.objects.filter(pk=owner_id)
    with transaction.atomic():
        # Under the lock: of two changes whoever comes last reads the later one.
        if queue.select_for_update(no_key=True).first():
            queue.update(**_plan_columns(limits_of(owner_id)))


def _plan_columns(limits: PlanLimits) -> dict[str, Any]:
    return {"limit": limits.parallel_jobs, "share": limits.share}


def _batch_of(owner: User, key: UUID) -> tuple[Batch, bool]:
    """The batch of this key, and whether it is new. A submit with the same key at the same moment is waited for."""
    mine = Batch(owner=owner, key=key)
    Batch.objects.bulk_create([mine], ignore_conflicts=True)
    batch = Batch.objects.get(owner=owner, key=key)
    return batch, batch.id == mine.id


def _lock_queue(owner: User) -> int:
    """How many jobs wait. From here on the owner's jobs neither come, start nor end until this transaction has."""
    # A new one has its limit a moment later, when `_store` writes the plan's.
    UserQueue.objects.bulk_create([UserQueue(owner=owner, limit=1)], ignore_conflicts=True)
    return UserQueue.objects.select_for_update(no_key=True).get(pk=owner.pk).queued


def _require_room(queued: int, new: int, limits: PlanLimits) -> None:
    if new and queued + new > limits.queued_jobs:
        raise Refused(
            "queue_full",
            f"{count(queued, 'job')} of yours wait, and the {limits.title} plan lets {limits.queued_jobs:,} wait. "
            "Start these when some are done.",
            {"queued": queued, "limit": limits.queued_jobs},
        )


def _without_repeated(batch: Batch, drafts: Sequence[Job]) -> list[Job]:
    """Links the batch to the jobs that are there already; what is left is to be made. Under the queue's lock."""
    there = _alive().filter(owner_id=batch.owner_id, fingerprint__in={job.fingerprint for job in drafts})
    reused = {job.fingerprint: job for job in there.only("fingerprint").order_by("-rank_at")}
    batch.reused.add(*reused.values())
    fresh = {job.fingerprint: job for job in drafts if job.fingerprint not in reused}
    return list(fresh.values())


def _alive() -> QuerySet[Job]:
    open_ = Q(status__in=OPEN, cancel_requested_at__isnull=True)
    kept = Q(files_expire_at__isnull=True) | Q(files_expire_at__gt=database_now())
    return Job.objects.filter(open_ | (kept & Q(status=JobStatus.COMPLETED, files_purged_at__isnull=True)))


def _store(batch: Batch, jobs: Sequence[Job], limits: PlanLimits) -> None:
    first = timezone.now() - timedelta(seconds=limits.priority_bonus_s)
    for number, job in enumerate(jobs):
        job.batch, job.rank_at = batch, first + number * STEP
    Job.objects.bulk_create(jobs)
    JobProgress.objects.bulk_create(JobProgress(job=job, sequence=1) for job in jobs)
    JobEvent.objects.bulk_create(JobEvent(job=job, sequence=1, status=JobStatus.QUEUED) for job in jobs)
    queue = UserQueue.objects.filter(pk=batch.owner_id)
    queue.update(queued=F("queued") + len(jobs), **_plan_columns(limits))
    _keep_photos({job.upload_id for job in jobs if job.upload_id})
    for job in jobs:
        wake_after_commit(job.id, job.owner_id)


def _tell(batch: Batch, jobs: Sequence[Job]) -> None:
    """A line for each job: the one place where its id stands beside that of the request that asked for it."""
    for job in jobs:
        ids = {"job_id": str(job.id), "batch_id": str(batch.id), "user_id": str(batch.owner_id)}
        log.info("job_queued", **ids, preset=job.preset_version.preset_id)


def _hold(jobs: Sequence[Job]) -> None:
    """Last of all, since it locks the owner's account."""
    if jobs:
        amounts = {reference_of(job.id): job.price for job in jobs}
        hold_credits(owner_id=jobs[0].owner_id, amounts=amounts, label=jobs[0].preset_version.preset_id)


def _keep_photos(ids: set[UUID]) -> None:
    """A photo that an open job uses does not expire. One that did, or was purged since it was looked at, is noticed here."""
    there = Q(expires_at__isnull=True) | Q(expires_at__gt=database_now(), purge_after__isnull=True)
    if ids and Upload.objects.filter(there, pk__in=ids).update(expires_at=None) < len(ids):
        raise Refused("gone", "The photo is no longer kept. Add it again to use it.")
