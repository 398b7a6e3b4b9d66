"""Writes the owner's UserQueue row: how many jobs are queued and running, and the plan's limit and share.

Each write of the counts returns the types of events that the owner's webhooks want, in the same statement.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, QuerySet

from accounts.models import User
from billing.plans import PlanLimits
from creator.lib.returning import update_returning
from jobs.enums import JobStatus
from jobs.models import UserQueue

Wanted = frozenset[str]
COUNTS = {JobStatus.QUEUED: "queued", JobStatus.PROCESSING: "running"}


def lock_queue(owner: User) -> int:
    """Locks the row and returns how many jobs are queued.

    Until this transaction ends, no job of the owner is added, started or ended.
    """
    # The limit of a new row is a placeholder: `count_submitted` writes the plan's limit in the same
    # transaction.
    UserQueue.objects.bulk_create([UserQueue(owner=owner, limit=1)], ignore_conflicts=True)
    return UserQueue.objects.select_for_update(no_key=True).get(pk=owner.pk).queued


def count_submitted(owner_id: UUID, jobs: int, limits: PlanLimits) -> Wanted:
    """Adds `jobs` to the queued count and writes the plan's limit and share."""
    changes = {"queued": F("queued") + jobs, "limit": limits.parallel_jobs, "share": limits.share}
    return _write(_of(owner_id), **changes) or frozenset()


def count_started(owner_id: UUID) -> Wanted | None:
    """Counts one of the owner's queued jobs as running. None: as many jobs are running as the plan allows.

    The UPDATE locks the row, so only one of two concurrent claims can take the last place.
    """
    below_limit = _of(owner_id).filter(running__lt=F("limit"))
    return _write(below_limit, queued=F("queued") - 1, running=F("running") + 1)


def count_move(owner_id: UUID, source: JobStatus, to: JobStatus) -> Wanted:
    """Moves one job from the count of `source` to the count of `to`. Final statuses have no count."""
    steps = ((source, -1), (to, 1))
    changes = {COUNTS[status]: F(COUNTS[status]) + step for status, step in steps if status in COUNTS}
    return _write(_of(owner_id), **changes) or frozenset()


def _of(owner_id: UUID) -> QuerySet[UserQueue]:
    return UserQueue.objects.filter(pk=owner_id)


def _write(row: QuerySet[UserQueue], **changes: object) -> Wanted | None:
    """Without changes it only locks the row. None: the guard matched no row."""
    written = update_returning(row, "webhook_events", **{"limit": F("limit"), **changes})
    return None if written is None else frozenset(written[0].split())
