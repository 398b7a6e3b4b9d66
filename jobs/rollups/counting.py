"""Adds ended jobs to the rows of their hours, each job once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from creator.lib.clock import database_now, read_database_now
from jobs.enums import WITHOUT_RESULT, JobStatus
from jobs.models import Attempt, HourRollup, Job, RollupMark
from jobs.models.hour_rollup import WAITS_S

LAG = timedelta(minutes=1)
"""Ends younger than this are left for the next call: their transactions may not be committed yet."""
MOST_AT_ONCE = timedelta(hours=1)
KEPT_S = 400 * 24 * 3600


class Key(NamedTuple):
    """What the jobs of a row have in common."""

    hour: datetime
    preset: str
    plan: str
    status: str
    reason: str
    node: str


@dataclass
class Counted:
    """Sums of the jobs of a row, named as its columns."""

    jobs: int = 0
    credits: int = 0
    node_s: float = 0.0
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAITS_S) + 1))


def count_ended() -> int:
    """Counts what ended since the last call, up to LAG ago. Returns how many jobs. One caller at a time.

    After a long pause it goes on by MOST_AT_ONCE, each in a transaction of its own.
    """
    counted, is_behind = 0, True
    while is_behind:
        more, is_behind = _count_next()
        counted += more
    return counted


@transaction.atomic
def rebuild(start: datetime, end: datetime) -> int:
    """Counts the jobs of the whole hours from `start` until `end` anew. Returns how many.

    Jobs that were deleted since are not counted any more. Raises ValueError unless both begin an hour and `end` is
    not after what is counted already.
    """
    mark = _mark()
    if any(each != hour_of(each) for each in (start, end)) or not start < end <= mark.until:
        raise ValueError("Name whole hours that are counted already.")
    HourRollup.objects.filter(hour__gte=start, hour__lt=end).delete()
    return _add(start, end)


def old_rollups() -> QuerySet[HourRollup]:
    """Rows that are older than KEPT_S."""
    return HourRollup.objects.filter(hour__lt=database_now(-KEPT_S))


def hour_of(moment: datetime) -> datetime:
    """Start of its hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@transaction.atomic
def _count_next() -> tuple[int, bool]:
    """How many jobs, and whether more is left to count."""
    mark, now = _mark(), read_database_now() - LAG
    until = min(now, mark.until + MOST_AT_ONCE)
    if until <= mark.until:
        return 0, False
    counted = _add(mark.until, until)
    mark.until = until
    mark.save(update_fields=["until"])
    return counted, until < now


def _mark() -> RollupMark:
    """The locked mark. The first begins at the oldest end that is known."""
    found = RollupMark.objects.select_for_update().first()
    if found is None:
        oldest = Job.objects.filter(finished_at__isnull=False).order_by("finished_at").first()
        since = oldest.finished_at if oldest and oldest.finished_at else read_database_now() - LAG
        RollupMark.objects.get_or_create(pk=1, defaults={"until": hour_of(since)})
        found = RollupMark.objects.select_for_update().get(pk=1)
    return found


def _add(start: datetime, end: datetime) -> int:
    """Adds the jobs that ended from `start` until before `end` to the rows of their hours."""
    new: dict[Key, Counted] = {}
    number = 0
    for key, price, node_s, wait_s in _ended(start, end):
        row = new.setdefault(key, Counted())
        row.jobs += 1
        row.credits += price
        row.node_s += node_s
        if wait_s is not None:
            row.waits[bisect_left(WAITS_S, wait_s)] += 1
        number += 1
    if new:
        _store(new)
    return number


def _ended(start: datetime, end: datetime) -> Iterator[tuple[Key, int, float, float | None]]:
    """Each job's key, charged credits, seconds on its node, and seconds that it waited (None: never begun).

    A job that failed and was finished by staff ends twice: it stays counted as failed, and nothing was charged.
    """
    last = Attempt.objects.filter(job=OuterRef("pk")).order_by("-number")
    jobs = Job.objects.filter(Q(finished_at__gte=start), finished_at__lt=end).values_list(
        "finished_at",
        "preset_version__preset_id",
        F("owner__credit_account__plan_id"),
        "status",
        "error_code",
        Subquery(last.values("node__name")[:1]),
        "price",
        Subquery(last.values("gpu_seconds")[:1]),
        Subquery(last.values("outcome")[:1]),
        "created_at",
        "started_at",
    )
    for at, preset, plan, status, reason, node, price, node_s, outcome, created, started in jobs.iterator():
        if status == JobStatus.COMPLETED and outcome in WITHOUT_RESULT:
            continue
        key = Key(hour_of(at), preset, plan or "", status, reason, node or "")
        wait_s = (started - created).total_seconds() if started else None
        yield key, price if status == JobStatus.COMPLETED else 0, node_s or 0.0, wait_s


def _store(new: dict[Key, Counted]) -> None:
    """Under the mark's lock nobody else writes rows, so they are read, added to and written."""
    hours = {key.hour for key in new}
    for row in HourRollup.objects.filter(hour__in=hours):
        key = Key(row.hour.astimezone(UTC), row.preset, row.plan, row.status, row.reason, row.node)
        if key in new:
            sums = new[key]
            sums.jobs += row.jobs
            sums.credits += row.credits
            sums.node_s += row.node_s
            sums.waits = [a + b for a, b in zip(sums.waits, row.waits, strict=True)]
    HourRollup.objects.bulk_create(
        [HourRollup(**key._asdict(), **vars(sums)) for key, sums in new.items()],
        update_conflicts=True,
        unique_fields=list(Key._fields),
        update_fields=["jobs", "credits", "node_s", "waits"],
        batch_size=500,
    )
