from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.enums import HoldState
from billing.ledger import hold_credits
from billing.usage import Use, span_of_days, summed, titles_of, usage_of

JANUARY = (date(2027, 1, 1), date(2027, 1, 31))


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2027, 1, day, hour, tzinfo=UTC)


def test_credits_are_added_up_by_day_and_label(cast, end_job, django_assert_num_queries):
    end_job(at(2), "cinematic", 3)
    end_job(at(2), "cinematic", 4)
    end_job(at(2), "mono_film", 2, state=HoldState.RELEASED)
    end_job(at(3), "mono_film", 2)
    span = span_of_days(*JANUARY, UTC)
    with django_assert_num_queries(1):
        used = usage_of(cast.owner.pk, span)
    assert dict(used) == {
        (date(2027, 1, 2), "cinematic"): Use(pictures=2, used=7),
        (date(2027, 1, 2), "mono_film"): Use(returned=2),
        (date(2027, 1, 3), "mono_film"): Use(pictures=1, used=2),
    }
    assert summed(used, lambda key: key[1]) == {"cinematic": Use(2, 7), "mono_film": Use(1, 2, 2)}


def test_what_is_another_persons_or_in_progress_or_outside_the_days_does_not_count(cast, end_job):
    end_job(at(2), owner=cast.other)
    end_job(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    end_job(datetime(2027, 2, 1, tzinfo=UTC))
    with transaction.atomic():
        hold_credits(owner_id=cast.owner.pk, amounts={"job:open": 3}, label="cinematic")
    assert dict(usage_of(cast.owner.pk, span_of_days(*JANUARY, UTC))) == {}


def test_a_job_counts_on_the_day_of_the_persons_zone(cast, end_job):
    end_job(at(1, 11))
    days = {
        name: [day for day, _ in usage_of(cast.owner.pk, span_of_days(*JANUARY, ZoneInfo(name)))]
        for name in ("UTC", "Pacific/Kiritimati", "Pacific/Honolulu")
    }
    assert days == {
        "UTC": [date(2027, 1, 1)],
        "Pacific/Kiritimati": [date(2027, 1, 2)],
        "Pacific/Honolulu": [date(2027, 1, 1)],
    }
    end_job(at(1, 9))
    honolulu = usage_of(
        cast.owner.pk, span_of_days(date(2026, 12, 31), date(2026, 12, 31), ZoneInfo("Pacific/Honolulu"))
    )
    assert dict(honolulu) == {(date(2026, 12, 31), "cinematic"): Use(1, 3)}


def test_pictures_that_were_free_are_counted(cast, end_job):
    end_job(at(5), amount=0)
    assert dict(usage_of(cast.owner.pk, span_of_days(*JANUARY, UTC))) == {
        (date(2027, 1, 5), "cinematic"): Use(1)
    }


def test_titles_are_those_of_the_presets_and_else_the_label(presets):
    assert titles_of(["cinematic", "gone"]) == {
        "cinematic": presets["cinematic"].manifest.title,
        "gone": "gone",
    }
    assert titles_of([]) == {}
