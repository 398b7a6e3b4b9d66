"""What a program starts counts for the cap of its key, and no program gets around it."""

import pytest
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from accounts.models import ApiKey
from accounts.tokens import issue
from billing.ledger import set_caps
from billing.models import Hold, KeyCap
from jobs.lifecycle import cancel_job
from jobs.models import Job
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")
PRICE, CAP = 3, 9


@pytest.fixture
def key(cast, slow):
    return make_api_key(owner=cast.owner, name="program", scopes=Scope)


@pytest.fixture
def capped(cast, key):
    """A program whose key has a cap of three jobs."""
    set_caps(cast.owner, None, {key[0].pk: CAP})
    return Client(headers={"X-API-Key": key[1]})


def post(client, path, body=None):
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def used():
    return KeyCap.objects.get().used


def test_every_way_to_start_jobs_counts_for_the_key(capped, key):
    first = post(capped, "jobs", {"preset": "slow"})
    job = Job.objects.get()
    rows.put_into(job, "failed")
    answers = [
        first,
        post(capped, f"jobs/{job.pk}/retry"),
        post(capped, f"jobs/{job.pk}/vary"),
        post(capped, "jobs", {"preset": "slow"}),
        post(capped, f"jobs/{job.pk}/vary"),
        post(capped, "jobs", {"preset": "slow", "variations": 2}),
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 402, 402, 402]
    assert (used(), set(Hold.objects.values_list("key_id", flat=True))) == (CAP, {key[0].pk})
    error = answers[-1].json()["error"]
    assert error["code"] == "spend_cap"
    assert (error["details"]["cap"], error["details"]["used"], error["details"]["needed"]) == (CAP, CAP, 6)
    assert "program" in error["message"]


def test_a_cancelled_job_is_given_back(capped):
    post(capped, "jobs", {"preset": "slow"})
    assert used() == PRICE
    cancel_job(job=Job.objects.get())
    assert used() == 0


def test_what_is_started_without_the_key_does_not_count(cast, capped, slow):
    rows.submit_one(cast.owner, slow)
    other = Client(headers={"X-API-Key": make_api_key(owner=cast.owner, name="other", scopes=Scope)[1]})
    access = issue(cast.owner, device="phone", address="").access
    token = Client(headers={"Authorization": f"Bearer {access}"})
    assert [post(each, "jobs", {"preset": "slow"}).status_code for each in (other, token)] == [202, 202]
    assert (used(), Hold.objects.count()) == (0, 3)


def test_a_refused_program_may_go_on_when_its_cap_is_raised(cast, capped, key):
    post(capped, "jobs", {"preset": "slow", "variations": 3})
    assert post(capped, "jobs", {"preset": "slow"}).status_code == 402
    set_caps(cast.owner, None, {key[0].pk: CAP + PRICE})
    assert post(capped, "jobs", {"preset": "slow"}).status_code == 202


def test_a_key_with_a_cap_makes_no_key_without_one(capped, key):
    answer = post(capped, "keys", {"name": "mine", "scopes": ["jobs:write"]})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], ApiKey.objects.count()) == (403, "not_allowed", 1)
    assert "has a spend cap" in error["message"]


def test_a_key_without_a_cap_still_makes_keys(cast, slow):
    program = Client(headers={"X-API-Key": make_api_key(owner=cast.owner, name="free", scopes=Scope)[1]})
    assert post(program, "keys", {"name": "mine", "scopes": ["jobs:write"]}).status_code == 201
