from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, cast
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncDate

from billing.enums import HoldState
from billing.models import CreditAccount, Hold
from billing.usage.spans import Span

Group = TypeVar("Group")
Key = tuple[date, str]
"""A day, and the label of its holds: the slug of a preset."""


@dataclass(frozen=True)
class Use:
    """`pictures` were finished and cost `used` credits; `returned` were held for jobs that did not finish."""

    pictures: int = 0
    used: int = 0
    returned: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(self.pictures + other.pictures, self.used + other.used, self.returned + other.returned)


Usage = Mapping[Key, Use]


def usage_of(owner_id: UUID, span: Span) -> Usage:
    """What the person used in the span, in the order of days and labels. One query.

    A credit counts on the day on which its job ended, and not at all while the job is in progress.
    """
    settled, released = Q(state=HoldState.SETTLED), Q(state=HoldState.RELEASED)
    ended = Hold.objects.filter(
        account__owner_id=owner_id, closed_at__gte=span.starts_at, closed_at__lt=span.ends_at
    )
    rows = (
        ended.annotate(day=TruncDate("closed_at", tzinfo=span.zone))
        .values("day", "label")
        .annotate(
            pictures=Count("pk", filter=settled),
            used=Coalesce(Sum("amount", filter=settled), 0),
            returned=Coalesce(Sum("amount", filter=released), 0),
        )
        .order_by("day", "label")
    )
    return {(row["day"], row["label"]): Use(row["pictures"], row["used"], row["returned"]) for row in rows}


def period_of(owner_id: UUID, now: datetime) -> tuple[datetime, datetime] | None:
    """Begin and end of the person's period that is running; None if none is. One query."""
    running = CreditAccount.objects.filter(owner_id=owner_id, period_ends_at__gt=now)
    period = running.values_list("period_starts_at", "period_ends_at").first()
    return cast("tuple[datetime, datetime] | None", period)


def summed(usage: Usage, group_of: Callable[[Key], Group]) -> dict[Group, Use]:
    """The usage added up by what `group_of` makes of a day and a label."""
    sums: defaultdict[Group, Use] = defaultdict(Use)
    for key, use in usage.items():
        sums[group_of(key)] += use
    return dict(sums)
