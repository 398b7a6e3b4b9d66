"""Writes the owner's UserQueue row: how many jobs are queued and running, the plan's limit and share.

The UPDATE that counts a move also takes the move's number in the owner's feed. It locks the row until the
transaction ends, so the moves of one owner are committed in the order of their numbers. In the same statement it
returns the types of events that the owner's webhooks want.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.models import User
from billing.plans import PlanLimits
from creator.lib.returning import update_returning
from jobs.enums import JobStatus
from jobs.models import UserQueue

COUNTS = {JobStatus.QUEUED: "queued", JobStatus.PROCESSING: "running"}


class Counted(NamedTuple):
    """What a move's UPDATE returned: the owner's newest feed number, and who wants to be told.

    `wanted`: the events that the owner's webhooks want. `wants_ends`: whether an app above may know the job.
    """

    feed_number: int
    wanted: frozenset[str]
    wants_ends: bool = False

    def numbers(self, moves: int) -> range:
        """The feed numbers that so many moves took together."""
        return range(self.feed_number - moves + 1, self.feed_number + 1)


NOT_COUNTED = Counted(0, frozenset())
"""The row is gone, because its owner's data is being erased: the move is in no feed."""


def lock_queue(owner: User) -> int:
    """Locks the row and returns how many jobs are queued.

    Until this transaction ends, no job of the owner is added, started or ended.
    """
    # The limit of a new row is a placeholder: `count_submitted` writes the plan's limit in the same
    # transaction.
    UserQueue.objects.bulk_create([UserQueue(owner=owner, limit=1)], ignore_conflicts=True)
    return UserQueue.objects.select_for_update(no_key=True).get(pk=owner.pk).queued


def count_submitted(owner_id: UUID, jobs: int, limits: PlanLimits) -> Counted:
    """Adds `jobs` to the queued count and writes the plan's limit and share."""
    changes = {"queued": F("queued") + jobs, "limit": limits.parallel_jobs, "share": limits.share}
    counted = _count(_of(owner_id), moves=jobs, **changes)
    assert counted is not None  # `lock_queue` made the row
    return counted


def count_started(owner_id: UUID) -> Counted | None:
    """Counts one of the owner's queued jobs as running.

    None: as many jobs are running as the plan allows. The UPDATE locks the row, so only one of two concurrent
    claims can take the last place.
    """
    below_limit = _of(owner_id).filter(running__lt=F("limit"))
    return _count(below_limit, queued=F("queued") - 1, running=F("running") + 1)


def count_move(owner_id: UUID, source: JobStatus, to: JobStatus) -> Counted:
    """Moves one job from the count of `source` to the count of `to`. Final statuses have no count."""
    steps = ((source, -1), (to, 1))
    changes: dict[str, Any] = {
        COUNTS[status]: F(COUNTS[status]) + step for status, step in steps if status in COUNTS
    }
    return _count(_of(owner_id), **changes) or NOT_COUNTED


def set_webhook_events(owner_id: UUID, events: Collection[str]) -> None:
    """Writes which types of events the owner's webhooks want. Call it under the lock of `lock_queue`."""
    _of(owner_id).update(webhook_events=" ".join(sorted(events)))


def want_ends(owner_id: UUID) -> None:
    """From here on `job_ended` tells that an app above may know the owner's jobs. Call it under `lock_queue`."""
    _of(owner_id).update(wants_ends=True)


def _of(owner_id: UUID) -> QuerySet[UserQueue]:
    return UserQueue.objects.filter(pk=owner_id)


def _count(row: QuerySet[UserQueue], *, moves: int = 1, **changes: object) -> Counted | None:
    """None: the guard matched no row."""
    changes["feed_number"] = F("feed_number") + moves
    written = update_returning(row, "feed_number", "webhook_events", "wants_ends", **changes)
    if written is None:
        return None
    number, events, wants_ends = written
    return Counted(int(number), frozenset(events.split()), bool(wants_ends))
