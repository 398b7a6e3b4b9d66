"""Reads rollups as series of hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.enums import JobStatus
from jobs.models import HourRollup
from jobs.models.hour_rollup import WAITS_S
from jobs.rollups.counting import hour_of


@dataclass
class Hour:
    """Sums of one hour. `reasons`: failed jobs by error code. `waits`: by plan, counts in the classes of WAITS_S."""

    start: datetime
    ended: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    credits: int = 0
    node_s: float = 0.0
    waits: dict[str, list[int]] = field(default_factory=dict)

    @property
    def completed(self) -> int:
        return self.ended[JobStatus.COMPLETED]

    @property
    def failed(self) -> int:
        return self.ended[JobStatus.FAILED]

    def take(self, row: HourRollup) -> None:
        self.ended[row.status] += row.jobs
        if row.reason:
            self.reasons[row.reason] += row.jobs
        self.credits += row.credits
        self.node_s += row.node_s
        waits = self.waits.setdefault(row.plan, [0] * len(row.waits))
        self.waits[row.plan] = [a + b for a, b in zip(waits, row.waits, strict=True)]


def read_hours(now: datetime, number: int) -> list[Hour]:
    """The last `number` hours, the present one last; hours in which nothing ended are there too. One query."""
    first = hour_of(now) - timedelta(hours=number - 1)
    hours = {start: Hour(start) for start in (first + timedelta(hours=each) for each in range(number))}
    for row in HourRollup.objects.filter(hour__gte=first):
        if found := hours.get(hour_of(row.hour)):
            found.take(row)
    return list(hours.values())


def percentile_wait(waits: Sequence[int], share: float = 0.95) -> float | None:
    """Seconds within which `share` of the jobs began, interpolated in its class; None without jobs.

    In the last class, which has no upper bound, it is that of the class before.
    """
    total = sum(waits)
    if not total:
        return None
    left = share * total
    for number, lower, upper in zip(waits, (0, *WAITS_S), (*WAITS_S, WAITS_S[-1]), strict=True):
        if number and left <= number:
            return lower + (upper - lower) * left / number
        left -= number
    return float(WAITS_S[-1])
