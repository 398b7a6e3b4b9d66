"""Puts jobs into the queue.

One transaction stores the batch, jobs, counts, first events and holds; the ring follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from billing.ledger import hold_credits
from billing.plans import Hourly, PlanLimits, count_hourly, limits_of, require_hourly, way_to_more
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.formatting import count
from jobs.enums import OPEN, JobStatus
from jobs.lifecycle.bell import doorbell
from jobs.lifecycle.credits import reference_of
from jobs.lifecycle.transitions import tell_of_moves, wake_after_commit
from jobs.lifecycle.user_queue import Counted, count_submitted, lock_queue
from jobs.models import Batch, Job, JobEvent, JobProgress, Upload

log = structlog.get_logger(__name__)
STEP_S = 1e-6
"""Between the jobs of one batch, whose order lists keep."""


def enqueue(
    *,
    owner: User,
    key: UUID,
    drafts: Sequence[Job],
    reuse: bool = False,
    api_key_id: UUID | None = None,
) -> Batch:
    """Stores the drafts as queued jobs of one batch.

    A repeated call with the same owner and key returns the same batch. With `reuse`, a draft that equals
    another job of its owner is answered with that job, if the job is open or its files are still stored.
    Either all drafts are accepted or none. Raises Refused: `queue_full`, `rate_limited`, `insufficient_credits`,
    or `gone` if a photo was removed since the caller read it.
    """
    with transaction.atomic():
        batch, is_new = _batch_of(owner, key)
        if is_new:
            queued = lock_queue(owner)
            limits = limits_of(owner.id)  # read under the lock, or an older plan could overwrite a newer one
            jobs = _without_repeated(batch, drafts) if reuse else list(drafts)
            _require_room(queued, len(jobs), limits)
            if jobs:
                # A refused request is not counted: look first, count last. The queue's lock lies around both.
                require_hourly(Hourly.SUBMITS, owner.id, limits, len(jobs))
                counted = _store(batch, jobs, limits)
                _hold_credits(jobs, api_key_id)
                count_hourly(Hourly.SUBMITS, owner.id, limits, len(jobs))
                tell_of_moves([job.id for job in jobs], owner.id, JobStatus.QUEUED, counted)
            doorbell.ring_after_commit(len(jobs))
            transaction.on_commit(lambda: _log_queued(batch, jobs), robust=True)
    return batch


def _batch_of(owner: User, key: UUID) -> tuple[Batch, bool]:
    """The batch of this key, and whether it is new. Waits for a concurrent submit with the same key."""
    mine = Batch(owner=owner, key=key)
    Batch.objects.bulk_create([mine], ignore_conflicts=True)
    batch = Batch.objects.get(owner=owner, key=key)
    return batch, batch.id == mine.id


def _require_room(queued: int, new: int, limits: PlanLimits) -> None:
    if new and queued + new > limits.queued_jobs:
        raise _queue_full(queued, new, limits)


def _queue_full(queued: int, new: int, limits: PlanLimits) -> Refused:
    room = max(0, limits.queued_jobs - queued)
    waiting = f", and {queued:,} {'is' if queued == 1 else 'are'} waiting" if queued else ""
    advice = f"Start only {room:,} of these {new:,} now" if room else "Start these later"
    way, facts = way_to_more("queued_jobs", limits)
    return Refused(
        "queue_full",
        f"The {limits.title} plan lets {count(limits.queued_jobs, 'job')} wait in the queue{waiting}. "
        f"{advice}: each job that begins to run makes room for another. {way}",
        facts={"queued": queued, "limit": limits.queued_jobs, **facts},
    )


def _without_repeated(batch: Batch, drafts: Sequence[Job]) -> list[Job]:
    """Links the batch to equal jobs that already exist and returns the other drafts.

    Call it under the queue's lock.
    """
    fingerprints = {job.fingerprint for job in drafts}
    existing = _reusable().filter(owner_id=batch.owner_id, fingerprint__in=fingerprints)
    reused = {job.fingerprint: job for job in existing.only("fingerprint").order_by("-rank_at")}
    batch.reused.add(*reused.values())
    fresh = {job.fingerprint: job for job in drafts if job.fingerprint not in reused}
    return list(fresh.values())


def _reusable() -> QuerySet[Job]:
    is_open = Q(status__in=OPEN, cancel_requested_at__isnull=True)
    has_files = Q(files_expire_at__isnull=True) | Q(files_expire_at__gt=database_now())
    done = Q(status=JobStatus.COMPLETED, files_purged_at__isnull=True)
    return Job.objects.filter(is_open | (has_files & done))


def _store(batch: Batch, jobs: Sequence[Job], limits: PlanLimits) -> Counted:
    for number, job in enumerate(jobs):
        job.batch, after = batch, number * STEP_S
        job.created_at, job.rank_at = database_now(after), database_now(after - limits.priority_bonus_s)
    Job.objects.bulk_create(jobs)
    JobProgress.objects.bulk_create(JobProgress(job=job, sequence=1) for job in jobs)
    counted = count_submitted(batch.owner_id, len(jobs), limits)
    first = {"sequence": 1, "status": JobStatus.QUEUED, "owner_id": batch.owner_id}
    numbered = zip(jobs, counted.numbers(len(jobs)), strict=True)
    JobEvent.objects.bulk_create(JobEvent(job=job, feed_number=number, **first) for job, number in numbered)
    _retain_photos({job.upload_id for job in jobs if job.upload_id})
    for job in jobs:
        wake_after_commit(job.id, job.owner_id, moved=True)
    return counted


def _retain_photos(ids: set[UUID]) -> None:
    """Clears the photos' expiry, because open jobs use them.

    Raises Refused if one has expired or been purged by now.
    """
    there = Q(expires_at__isnull=True) | Q(expires_at__gt=database_now(), purge_after__isnull=True)
    if ids and Upload.objects.filter(there, pk__in=ids).update(expires_at=None) < len(ids):
        raise Refused("gone", "The photo is no longer stored. Add it again to use it.")


def _hold_credits(jobs: Sequence[Job], api_key_id: UUID | None) -> None:
    """Comes after every other write, because it locks the owner's credit account."""
    amounts = {reference_of(job.id): job.price for job in jobs}
    label = jobs[0].preset_version.preset_id
    hold_credits(owner_id=jobs[0].owner_id, amounts=amounts, label=label, key_id=api_key_id)


def _log_queued(batch: Batch, jobs: Sequence[Job]) -> None:
    """Writes one log line per job. No other log line links the job's id to the request that asked for it."""
    for job in jobs:
        ids = {"job_id": str(job.id), "batch_id": str(batch.id), "user_id": str(batch.owner_id)}
        log.info("job_queued", **ids, preset=job.preset_version.preset_id)
