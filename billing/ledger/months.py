"""Calendar months in UTC, pure: when the monthly period of a free account begins and ends."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime


def month_around(now: datetime, first: datetime) -> tuple[datetime, datetime]:
    """Start and end of the month that contains `now`, of all months counted from `first`.

    Each month begins on the day and at the time of `first`, in UTC, or on the last day of a month that has no such
    day: after 31 January comes 28 February (29 in leap years), then 31 March. `now` may lie before `first`.
    """
    first, now = first.astimezone(UTC), now.astimezone(UTC)
    number = (now.year - first.year) * 12 + now.month - first.month
    if add_months(first, number) > now:
        number -= 1
    return add_months(first, number), add_months(first, number + 1)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later, or the last day of that month if it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
