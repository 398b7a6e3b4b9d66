from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from billing.usage import named_span, span_of_days
from billing.usage.spans import FIRST_DAY, LAST_DAY, LONGEST_DAYS
from creator.lib.errors import Refused

KIRITIMATI, HONOLULU = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Honolulu")  # UTC+14, UTC-10


def problems(first: date, last: date) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        span_of_days(first, last, UTC)
    assert refused.value.code == "invalid_parameters"
    return refused.value.problems


def test_days_begin_at_midnight_where_the_person_lives():
    day = date(2027, 3, 1)
    for zone, hour, starts_on in ((KIRITIMATI, 10, 28), (HONOLULU, 10, 1)):
        span = span_of_days(day, day, zone)
        month = 2 if starts_on == 28 else 3
        assert span.starts_at.astimezone(UTC) == datetime(2027, month, starts_on, hour, tzinfo=UTC)
        assert (span.ends_at - span.starts_at).total_seconds() == 24 * 3600
        assert span.days == [day]


def test_a_day_of_a_clock_change_is_as_long_as_it_is():
    berlin = ZoneInfo("Europe/Berlin")
    for day, hours in ((date(2027, 3, 28), 23), (date(2027, 10, 31), 25)):
        span = span_of_days(day, day, berlin)
        assert (span.ends_at.astimezone(UTC) - span.starts_at.astimezone(UTC)).total_seconds() == hours * 3600


@pytest.mark.parametrize("zone", [UTC, KIRITIMATI, HONOLULU], ids=str)
@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY], ids=str)
def test_the_first_and_last_days_to_choose_work_in_every_zone(day, zone):
    assert span_of_days(day, day, zone).days == [day]


def test_mistakes_in_days_are_named():
    day = date(2027, 1, 1)
    assert problems(day, date(2026, 12, 31)) == {"to": "The last day is before the first one."}
    assert problems(day, date(2028, 1, 2)) == {"to": "These are 367 days. Choose at most 366 at once."}
    outside = "Choose a day from 2000 to 2100."
    assert problems(date.min, date.max) == {"from": outside, "to": outside}


def test_a_whole_leap_year_fits():
    assert len(span_of_days(date(2028, 1, 1), date(2028, 12, 31), UTC).days) == LONGEST_DAYS


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("month", date(2028, 2, 1), date(2028, 2, 29)),
        ("last_month", date(2028, 1, 1), date(2028, 1, 31)),
        ("year", date(2027, 3, 1), date(2028, 2, 29)),
        ("period", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_named_spans_on_the_29th_of_february(name, first, last):
    now = datetime(2028, 2, 29, 12, tzinfo=UTC)
    span = named_span(name, now=now, zone=UTC, period=None)
    assert (span.first, span.last) == (first, last)


def test_the_month_is_that_of_the_persons_day():
    now = datetime(2027, 1, 31, 23, tzinfo=UTC)
    firsts = {zone: named_span("month", now=now, zone=zone, period=None).first for zone in (UTC, KIRITIMATI)}
    assert firsts == {UTC: date(2027, 1, 1), KIRITIMATI: date(2027, 2, 1)}


def test_a_period_begins_and_ends_at_its_moment():
    period = (datetime(2027, 1, 15, 14, 37, tzinfo=UTC), datetime(2027, 2, 15, 14, 37, tzinfo=UTC))
    span = named_span("period", now=period[0], zone=UTC, period=period)
    assert (span.starts_at, span.ends_at) == period
    assert (span.first, span.last, len(span.days)) == (date(2027, 1, 15), date(2027, 2, 15), 32)
