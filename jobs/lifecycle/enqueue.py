"""The one way into the queue: batch, jobs, counts and first events in one transaction; the ring comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from jobs.enums import OPEN, JobStatus
from jobs.lifecycle.bell import ring_after_commit
from jobs.lifecycle.transitions import wake_after_commit
from jobs.models import Batch, Job, JobEvent, JobProgress, Upload, UserQueue

log = structlog.get_logger(__name__)
STEP = timedelta(microseconds=1)


def enqueue(*, owner: User, key: UUID, drafts: Sequence[Job], reuse: bool = False) -> Batch:
    """Stores the drafts as queued jobs of one batch; the same owner and key again is the same batch, unchanged.

    With `reuse` a draft that repeats a job of its owner, in flight or with its files still there, is answered with
    that job. Raises Refused: `not_found` for a photo that went meanwhile.
    """
    with transaction.atomic():
        batch, made = _batch_of(owner, key)
        if made:
            _lock_queue(owner)
            jobs = _without_repeated(batch, drafts) if reuse else list(drafts)
            _store(batch, jobs)
            ring_after_commit(len(jobs))
            log.info("jobs_queued", batch_id=str(batch.id), user_id=str(owner.id), jobs=len(jobs))
    return batch


def jobs_of(batch: Batch) -> QuerySet[Job]:
    """The jobs that answer a batch, oldest first: its own, and those of earlier batches that it reuses."""
    reused = Batch.reused.through.objects.filter(batch=batch).values("job_id")
    return Job.objects.filter(Q(batch=batch) | Q(pk__in=reused)).order_by("rank_at")


def _batch_of(owner: User, key: UUID) -> tuple[Batch, bool]:
    """The batch of this key, and whether it is new. A submit with the same key at the same moment is waited for."""
    mine = Batch(owner=owner, key=key)
    Batch.objects.bulk_create([mine], ignore_conflicts=True)
    batch = Batch.objects.get(owner=owner, key=key)
    return batch, batch.id == mine.id


def _lock_queue(owner: User) -> None:
    """From here on the owner's jobs neither come, start nor end until this transaction has."""
    fresh = UserQueue(owner=owner, limit=settings.CONFIG.parallel_jobs)
    UserQueue.objects.bulk_create([fresh], ignore_conflicts=True)
    list(UserQueue.objects.select_for_update(no_key=True).filter(pk=owner.pk))


def _without_repeated(batch: Batch, drafts: Sequence[Job]) -> list[Job]:
    """Links the batch to the jobs that are there already; what is left is to be made. Under the queue's lock."""
    there = _alive().filter(owner_id=batch.owner_id, fingerprint__in={job.fingerprint for job in drafts})
    reused = {job.fingerprint: job.pk for job in there.only("fingerprint").order_by("-rank_at")}
    batch.reused.set(reused.values())
    fresh = {job.fingerprint: job for job in drafts if job.fingerprint not in reused}
    return list(fresh.values())


def _alive() -> QuerySet[Job]:
    open_ = Q(status__in=OPEN, cancel_requested_at__isnull=True)
    kept = Q(files_expire_at__isnull=True) | Q(files_expire_at__gt=database_now())
    return Job.objects.filter(open_ | (kept & Q(status=JobStatus.COMPLETED, files_purged_at__isnull=True)))


def _store(batch: Batch, jobs: list[Job]) -> None:
    now = timezone.now()
    for number, job in enumerate(jobs):
        job.batch, job.rank_at = batch, now + number * STEP
    Job.objects.bulk_create(jobs)
    JobProgress.objects.bulk_create(JobProgress(job=job, sequence=1) for job in jobs)
    JobEvent.objects.bulk_create(JobEvent(job=job, sequence=1, status=JobStatus.QUEUED) for job in jobs)
    UserQueue.objects.filter(pk=batch.owner_id).update(queued=F("queued") + len(jobs))
    _keep_photos({job.upload_id for job in jobs if job.upload_id})
    for job in jobs:
        wake_after_commit(job.id, job.owner_id)


def _keep_photos(ids: set[UUID]) -> None:
    """A photo that an open job uses does not expire. One that did, or was purged since it was looked at, is noticed here."""
    there = Q(expires_at__isnull=True) | Q(expires_at__gt=database_now(), purge_after__isnull=True)
    if ids and Upload.objects.filter(there, pk__in=ids).update(expires_at=None) < len(ids):
        raise Refused("not_found", "A photo is no longer there. Add it again.")
