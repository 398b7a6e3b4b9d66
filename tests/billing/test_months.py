from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.months import add_months, month_around


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FROM, TO = (day(text).replace(tzinfo=None) for text in ("2000-01-01", "2100-01-01"))
MOMENTS = st.datetimes(FROM, TO, timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("signed_up", "now", "starts", "ends"),
    [
        ("2026-03-10", "2026-03-10", "2026-03-10", "2026-04-10"),
        ("2026-03-10", "2026-04-09T23:59:59.999999", "2026-03-10", "2026-04-10"),
        ("2026-03-10", "2026-04-10", "2026-04-10", "2026-05-10"),
        ("2026-01-31", "2026-02-15", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "2026-04-30", "2026-04-30", "2026-05-31"),
        ("2027-12-30", "2028-02-29", "2028-02-29", "2028-03-30"),
        ("2028-02-29", "2029-02-28", "2029-02-28", "2029-03-29"),
        ("2028-02-29", "2032-03-01", "2032-02-29", "2032-03-29"),
        ("2026-12-31T22:30:00", "2027-01-31T22:29:59", "2026-12-31T22:30:00", "2027-01-31T22:30:00"),
        ("2026-03-10", "2026-02-01", "2026-01-10", "2026-02-10"),
    ],
)
def test_months_are_counted_from_sign_up(signed_up, now, starts, ends):
    assert month_around(day(now), day(signed_up)) == (day(starts), day(ends))


def test_months_are_those_of_utc_wherever_a_person_is():
    """In Kiritimati it is 1 March already, and the person signed up on 31 January there."""
    kiritimati = timezone(timedelta(hours=14))
    signed_up = datetime(2026, 2, 1, 1, tzinfo=kiritimati)
    now = datetime(2026, 3, 1, 0, 30, tzinfo=kiritimati)
    assert month_around(now, signed_up) == (day("2026-01-31T11:00:00"), day("2026-02-28T11:00:00"))


@given(MOMENTS, MOMENTS)
def test_any_moment_is_in_one_month_and_months_follow_each_other(now, first):
    starts, ends = month_around(now, first)
    assert starts <= now < ends
    assert month_around(ends, first)[0] == ends
    assert timedelta(days=28) <= ends - starts <= timedelta(days=31)


@given(MOMENTS, st.integers(-600, 600))
def test_months_later_keeps_the_day_or_takes_the_last_of_the_month(moment, months):
    later = add_months(moment, months)
    assert (later.year * 12 + later.month) - (moment.year * 12 + moment.month) == months
    assert later.day == moment.day or (later.day < moment.day and (later + timedelta(days=1)).day == 1)
