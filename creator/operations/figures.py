"""What the operations page shows. Read once for all who ask within REMEMBERED_S, from rows that stay few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, Subquery, Sum
from django_celery_beat.models import PeriodicTask

from billing.models import CreditAccount
from creator.health import find_missing
from creator.lib.clock import read_database_now
from creator.lib.ttl_cache import TTLCache
from creator.platform.models import Delivery
from jobs.enums import JobStatus
from jobs.management.node_table import describe_nodes
from jobs.models import Job, UserQueue
from jobs.rollups import Hour, percentile_wait, read_hours

REMEMBERED_S = 5.0
HOURS = 24
LATE = 3
"""A periodic task that was not begun for so many of its intervals is late."""


@dataclass
class Line:
    """Jobs of the people with one plan. `oldest_at` is None if none waits; `wait_s` is the p95 of the last day."""

    plan: str
    waiting: int = 0
    running: int = 0
    oldest_at: datetime | None = None
    wait_s: float | None = None


@dataclass(frozen=True)
class Deliveries:
    """Messages of one kind to the outside that are not done."""

    kind: str
    waiting: int
    retried: int
    dead: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """`missing`: parts that do not work, as /ready names them. `late`: periodic tasks that did not run in time."""

    at: datetime
    missing: Sequence[str]
    lines: Sequence[Line]
    nodes: Sequence[dict[str, Any]]
    hours: Sequence[Hour]
    deliveries: Sequence[Deliveries]
    late: Sequence[PeriodicTask]
    reserved: int

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Failed jobs of the shown hours by error code, most first."""
        sums: dict[str, int] = {}
        for hour in self.hours:
            for reason, number in hour.reasons.items():
                sums[reason] = sums.get(reason, 0) + number
        return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def read_figures() -> Figures:
    """All of it, not older than REMEMBERED_S. Nine statements besides those that ask the parts."""
    with _reading:
        return _figures.get(None, _read)


def _read() -> Figures:
    now = read_database_now()
    hours = read_hours(now, HOURS)
    return Figures(
        at=now,
        missing=find_missing(),
        lines=_lines(hours),
        nodes=describe_nodes(),
        hours=hours,
        deliveries=list(_deliveries()),
        late=list(_late(now)),
        reserved=CreditAccount.objects.aggregate(all=Sum("reserved"))["all"] or 0,
    )


def _lines(hours: Sequence[Hour]) -> list[Line]:
    """By plan, from the counts of people with open jobs: never from the jobs themselves, which may be many."""
    oldest = Job.objects.filter(owner=OuterRef("pk"), status=JobStatus.QUEUED).order_by("rank_at")
    rows = UserQueue.objects.filter(Q(queued__gt=0) | Q(running__gt=0)).annotate(
        oldest_at=Subquery(oldest.values("created_at")[:1])
    )
    lines: dict[str, Line] = {}
    for plan, queued, running, oldest_at in rows.values_list(
        "owner__credit_account__plan_id", "queued", "running", "oldest_at"
    ):
        line = lines.setdefault(plan or "", Line(plan or ""))
        line.waiting += queued
        line.running += running
        if oldest_at and (line.oldest_at is None or oldest_at < line.oldest_at):
            line.oldest_at = oldest_at
    for plan, waits in _waits(hours).items():
        lines.setdefault(plan, Line(plan)).wait_s = percentile_wait(waits)
    return sorted(lines.values(), key=lambda line: line.plan)


def _waits(hours: Sequence[Hour]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for hour in hours:
        for plan, waits in hour.waits.items():
            sums[plan] = [a + b for a, b in zip(sums.get(plan, [0] * len(waits)), waits, strict=True)]
    return sums


def _deliveries() -> Iterator[Deliveries]:
    is_dead, waits = Q(dead_at__isnull=False), Q(dead_at__isnull=True)
    kinds = Delivery.objects.filter(done_at__isnull=True).values("kind").order_by("kind")
    for row in kinds.annotate(
        waiting=Count("pk", filter=waits),
        retried=Count("pk", filter=waits & Q(attempts__gt=0)),
        dead=Count("pk", filter=is_dead),
        oldest_at=Min("created_at", filter=waits),
    ):
        yield Deliveries(**row)


def _late(now: datetime) -> Iterator[PeriodicTask]:
    """Tasks by interval that were not begun for LATE of them; beat writes its times each three minutes only."""
    tasks = PeriodicTask.objects.filter(enabled=True, interval__isnull=False).select_related("interval")
    for task in tasks.order_by("name"):
        every = task.schedule.run_every
        if task.last_run_at and now - task.last_run_at > LATE * max(every, timedelta(minutes=3)):
            yield task


_reading = Lock()
_figures: TTLCache[None, Figures] = TTLCache(REMEMBERED_S)
