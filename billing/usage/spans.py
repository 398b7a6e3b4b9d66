"""Stretches of time that usage is shown for. Days are those of the person's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from creator.lib.errors import Refused

LONGEST_DAYS = 366
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
"""Outside them some zones have no midnight that a datetime can hold."""
NAMED = {
    "period": "This period",
    "month": "This month",
    "last_month": "Last month",
    "year": "Last 12 months",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """From `starts_at` until just before `ends_at`, both aware. `zone` says when a day begins."""

    starts_at: datetime
    ends_at: datetime
    zone: tzinfo

    @property
    def first(self) -> date:
        return self.starts_at.astimezone(self.zone).date()

    @property
    def last(self) -> date:
        """The last day of which it holds a part."""
        return (self.ends_at - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def days(self) -> list[date]:
        return [self.first + each * _DAY for each in range((self.last - self.first).days + 1)]


def span_of_days(first: date, last: date, zone: tzinfo) -> Span:
    """Whole days, both included. Raises Refused `invalid_parameters` that names `from` or `to`."""
    problems = _problems(first, last)
    if problems:
        raise Refused("invalid_parameters", "Some fields need another look.", problems)
    return Span(_midnight(first, zone), _midnight(last + _DAY, zone), zone)


def named_span(name: str, *, now: datetime, zone: tzinfo, period: tuple[datetime, datetime] | None) -> Span:
    """One of NAMED as of `now`. A person without a period gets the month instead."""
    if name == "period" and period:
        return Span(*period, zone)
    today = now.astimezone(zone).date()
    this_month = today.replace(day=1)
    if name == "last_month":
        last = this_month - _DAY
        return span_of_days(last.replace(day=1), last, zone)
    if name == "year":
        return span_of_days(_next_month(today.replace(year=today.year - 1, day=1)), today, zone)
    return span_of_days(this_month, _next_month(this_month) - _DAY, zone)


def _problems(first: date, last: date) -> dict[str, str]:
    outside = {
        name: f"Choose a day from {FIRST_DAY:%Y} to {LAST_DAY:%Y}."
        for name, day in (("from", first), ("to", last))
        if not FIRST_DAY <= day <= LAST_DAY
    }
    if outside:
        return outside
    if last < first:
        return {"to": "The last day is before the first one."}
    asked = (last - first).days + 1
    if asked > LONGEST_DAYS:
        return {"to": f"These are {asked:,} days. Choose at most {LONGEST_DAYS} at once."}
    return {}


def _next_month(first: date) -> date:
    return (first + 31 * _DAY).replace(day=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)
