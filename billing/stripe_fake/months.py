"""Periods of calendar months, counted from an anchor in UTC.

A month without the anchor's day ends on its last day, and the next one has that day again:
https://docs.stripe.com/billing/subscriptions/billing-cycle. Not shared with `billing.ledger.months`: a mistake in one
of the two shows in tests that play both.
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime


def months_after(anchor: int, count: int) -> int:
    """The moment `count` months after the anchor, both in seconds since 1970."""
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def next_period_end(anchor: int, after: int, *, months: int) -> int:
    """The first end of a period later than `after`. `months`: how many a period has."""
    count = 0
    while (end := months_after(anchor, count)) <= after:
        count += months
    return end
