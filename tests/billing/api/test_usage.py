from datetime import UTC, datetime

import pytest

from billing.enums import HoldState
from tests.billing.usage.conftest import end_job
from tests.jobs.api.conftest import program

__all__ = ["end_job"]
ADDRESS = "/api/v1/usage"
JANUARY = {"from": "2027-01-01", "to": "2027-01-31"}


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2027, 1, day, hour, tzinfo=UTC)


@pytest.fixture
def api(cast, presets, end_job):
    end_job(at(2), "cinematic", 3)
    end_job(at(3), "cinematic", 3)
    end_job(at(3), "mono_film", 2, state=HoldState.RELEASED)
    end_job(at(3), "mono_film", 999, owner=cast.other)
    return program(cast.owner)


def numbers(pictures: int, used: int, returned: int) -> dict[str, int]:
    return {"pictures": pictures, "credits_used": used, "credits_returned": returned}


def line(day: str | None, preset: str | None, title: str | None, *counts: int) -> dict:
    return {"day": day, "preset": preset, "title": title, **numbers(*counts)}


def test_lines_are_by_day_and_preset(api):
    answer = api.get(ADDRESS, JANUARY)
    assert answer.status_code == 200
    assert answer.json() == {
        "starts_at": "2027-01-01T00:00:00Z",
        "ends_at": "2027-02-01T00:00:00Z",
        "time_zone": "UTC",
        "total": numbers(2, 6, 2),
        "lines": [
            line("2027-01-02", "cinematic", "Cinematic", 1, 3, 0),
            line("2027-01-03", "cinematic", "Cinematic", 1, 3, 0),
            line("2027-01-03", "mono_film", "Mono Film", 0, 0, 2),
        ],
    }


def test_lines_are_summed_by_day_or_by_preset(api):
    assert api.get(ADDRESS, JANUARY | {"group": "day"}).json()["lines"] == [
        line("2027-01-02", None, None, 1, 3, 0),
        line("2027-01-03", None, None, 1, 3, 2),
    ]
    assert api.get(ADDRESS, JANUARY | {"group": "preset"}).json()["lines"] == [
        line(None, "cinematic", "Cinematic", 2, 6, 0),
        line(None, "mono_film", "Mono Film", 0, 0, 2),
    ]


def test_days_are_those_of_the_persons_zone_which_the_answer_names(api, cast):
    cast.owner.time_zone = "Pacific/Honolulu"
    cast.owner.save(update_fields=["time_zone"])
    answer = api.get(ADDRESS, {"from": "2027-01-02", "to": "2027-01-02"}).json()
    assert (answer["time_zone"], answer["starts_at"]) == ("Pacific/Honolulu", "2027-01-02T10:00:00Z")
    assert [each["day"] for each in answer["lines"]] == ["2027-01-02"]


def test_without_days_it_is_the_present_period(api):
    answer = api.get(ADDRESS).json()
    now = datetime.now(UTC)
    assert datetime.fromisoformat(answer["starts_at"]) <= now < datetime.fromisoformat(answer["ends_at"])
    assert answer["lines"] == []


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"from": "2027-01-01"}, {"to": "Send both days, or neither."}),
        (JANUARY | {"to": "2028-03-01"}, {"to": "These are 426 days. Choose at most 366 at once."}),
        (JANUARY | {"to": "2026-03-01"}, {"to": "The last day is before the first one."}),
        (JANUARY | {"by": "day"}, {"by": "There is no such field."}),
    ],
)
def test_mistakes_are_named(api, query, details):
    refused = api.get(ADDRESS, query)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == details


@pytest.mark.parametrize(("field", "value"), [("from", "soon"), ("to", "2027-02-30"), ("group", "month")])
def test_values_that_cannot_be_read_are_named(api, field, value):
    refused = api.get(ADDRESS, JANUARY | {field: value})
    assert refused.status_code == 422
    assert list(refused.json()["error"]["details"]) == [field]
