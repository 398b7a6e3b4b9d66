"""Writes the owner's UserQueue row: how many jobs are queued and running, and the plan's limit and share."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from accounts.models import User
from billing.plans import PlanLimits
from jobs.enums import JobStatus
from jobs.models import UserQueue

COUNTS = {JobStatus.QUEUED: "queued", JobStatus.PROCESSING: "running"}


def lock_queue(owner: User) -> int:
    """Locks the row and returns how many jobs are queued.

    Until this transaction ends, no job of the owner is added, started or ended.
    """
    # The limit of a new row is a placeholder: `count_submitted` writes the plan's limit in the same
    # transaction.
    UserQueue.objects.bulk_create([UserQueue(owner=owner, limit=1)], ignore_conflicts=True)
    return UserQueue.objects.select_for_update(no_key=True).get(pk=owner.pk).queued


def count_submitted(owner_id: UUID, jobs: int, limits: PlanLimits) -> None:
    """Adds `jobs` to the queued count and writes the plan's limit and share."""
    UserQueue.objects.filter(pk=owner_id).update(
        queued=F("queued") + jobs, limit=limits.parallel_jobs, share=limits.share
    )


def count_started(owner_id: UUID) -> bool:
    """Counts one of the owner's queued jobs as running. False: as many jobs are running as the plan allows.

    The UPDATE locks the row, so only one of two concurrent claims can take the last place.
    """
    below_limit = UserQueue.objects.filter(pk=owner_id, running__lt=F("limit"))
    return bool(below_limit.update(queued=F("queued") - 1, running=F("running") + 1))


def count_move(owner_id: UUID, source: JobStatus, to: JobStatus) -> None:
    """Moves one job from the count of `source` to the count of `to`. Final statuses have no count."""
    steps = ((source, -1), (to, 1))
    changes = {COUNTS[status]: F(COUNTS[status]) + step for status, step in steps if status in COUNTS}
    UserQueue.objects.filter(pk=owner_id).update(**changes)
