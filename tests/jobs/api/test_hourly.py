"""Hourly limits as a program sees them: headers on what was taken, 429 with `Retry-After` beyond."""

import pytest

from billing.models import Plan
from jobs.enums import Stage
from jobs.lifecycle import enter_stage
from tests.jobs.lifecycle import rows

JOB, JSON = {"preset": "slow"}, "application/json"
KEY = {"Idempotency-Key": "order-1"}


@pytest.fixture
def few(cast, slow, node):
    Plan.objects.update(submits_per_hour=2, cancels_per_hour=0)


def left(answer) -> tuple[str | None, ...]:
    return tuple(answer.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining"))


def test_answers_say_what_is_left_and_a_refusal_when_to_come_back(api, few):
    answers = [api.post("/api/v1/jobs", JOB, JSON) for _ in range(3)]
    assert [each.status_code for each in answers] == [202, 202, 429]
    assert [left(each) for each in answers] == [("2", "1"), ("2", "0"), ("2", "0")]
    refused = answers[-1]
    assert 3000 < int(refused["Retry-After"]) <= int(refused["X-RateLimit-Reset"]) <= 3600
    assert refused.json()["error"]["code"] == "rate_limited"
    assert refused.json()["error"]["details"] == {"limit": 2, "remaining": 0}


def test_a_repeated_request_counts_nothing_and_is_answered_beyond_the_limit(api, few):
    first = api.post("/api/v1/jobs", JOB, JSON, headers=KEY)
    api.post("/api/v1/jobs", JOB, JSON)
    again = api.post("/api/v1/jobs", JOB, JSON, headers=KEY)
    assert (again.status_code, again.content) == (200, first.content)


def test_a_limit_that_a_request_did_not_meet_is_not_named(api, few):
    api.post("/api/v1/jobs", JOB, JSON)
    assert left(api.get("/api/v1/jobs")) == ("1200", "1198")  # requests in any minute, which every one meets


def test_a_cancel_beyond_the_limit_is_refused_and_the_batch_says_so(api, cast, few, slow, node):
    job = rows.submit_one(cast.owner, slow)
    enter_stage(rows.claim(job, node), Stage.RUNNING)
    answer = api.generic("POST", f"/api/v1/jobs/{job.id}/cancel")
    assert (answer.status_code, answer.json()["error"]["code"], left(answer)) == (
        429,
        "rate_limited",
        ("0", "0"),
    )
    answer = api.generic("POST", f"/api/v1/batches/{job.batch_id}/cancel")
    assert answer.json()["results"] == {"never_started": 0, "stopping": 0, "too_late": 0, "runs_on": 1}
