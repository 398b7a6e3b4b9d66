"""`Idempotency-Key`: a repeated request gets the same answer and makes nothing new."""

from datetime import timedelta
from functools import partial

import pytest

from billing.models import Hold
from creator.platform.models import IdempotencyKey
from jobs.models import Batch, Job
from tests.jobs.api.conftest import program
from tests.jobs.lifecycle.threads import together

pytestmark = pytest.mark.usefixtures("rings")


def post(api, key="k-1", path="/api/v1/jobs", **body):
    return api.post(
        path, {"preset": "slow"} | body, content_type="application/json", headers={"Idempotency-Key": key}
    )


def test_the_same_request_gets_the_same_answer_and_makes_nothing(api, slow):
    first, again = post(api, seed=5), post(api, seed=5)
    assert (first.status_code, again.status_code) == (202, 200)
    assert (first.json(), first["Location"]) == (again.json(), again["Location"])
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert Job.objects.count() == 1


def test_the_same_body_written_differently_is_the_same(api, slow):
    texts = ['{"preset":"slow","seed":5}', '{ "seed": 5,\n "preset": "slow" }']
    codes = [
        api.post(
            "/api/v1/jobs", text, content_type="application/json", headers={"Idempotency-Key": "k"}
        ).status_code
        for text in texts
    ]
    assert codes == [202, 200]


def test_another_body_or_address_with_the_key_is_a_conflict(api, slow, make_job):
    done = make_job("completed")
    post(api, seed=5)
    elsewhere = api.generic("POST", f"/api/v1/jobs/{done.id}/retry", headers={"Idempotency-Key": "k-1"})
    for answer in (post(api, seed=6), elsewhere):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert Job.objects.count() == 2


def test_the_answer_stays_although_the_job_went_on(api, slow):
    first = post(api)
    api.generic("POST", f"/api/v1/jobs/{first.json()['job_id']}/cancel")
    assert post(api).json() == first.json()


def test_a_refused_request_leaves_the_key_free(api, slow):
    assert (post(api, seed=-1).status_code, post(api, parameters={"seconds": 99}).status_code) == (422, 422)
    assert IdempotencyKey.objects.count() == 0
    assert (post(api, seed=1).status_code, Job.objects.count()) == (202, 1)


def test_keys_of_two_people_are_two(api, stranger, slow):
    assert [post(each).status_code for each in (api, stranger)] == [202, 202]


def test_two_keys_of_one_account_share_its_requests(api, cast, slow):
    assert [post(each).status_code for each in (api, program(cast.owner))] == [202, 200]


def test_after_a_day_the_key_is_new(api, slow):
    first = post(api)
    made = IdempotencyKey.objects.get().created_at
    IdempotencyKey.objects.update(created_at=made - timedelta(hours=23, minutes=59))
    assert post(api).status_code == 200
    IdempotencyKey.objects.update(created_at=made - timedelta(hours=24, seconds=1))
    later = post(api, seed=9)
    assert (later.status_code, later.json()["job_id"] == first.json()["job_id"]) == (202, False)
    assert IdempotencyKey.objects.count() == 1


def test_variations_are_replayed_whole(api, slow):
    first, again = post(api, variations=3), post(api, variations=3)
    assert (first.json(), len(again.json()["jobs"]), Job.objects.count()) == (again.json(), 3, 3)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ключ", "a\tb"])
def test_what_is_no_key_is_refused(api, slow, key):
    answer = post(api, key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_with_one_key_make_one_job_and_one_hold(cast, slow):
    clients = [program(cast.owner) for _ in range(10)]
    answers = together(*(partial(post, clients[number % 10], seed=5) for number in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [202]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert (Job.objects.count(), Batch.objects.count(), Hold.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_bodies_at_once_with_one_key_one_wins(cast, slow):
    clients = [program(cast.owner) for _ in range(8)]
    answers = together(*(partial(post, client, seed=seed) for seed, client in enumerate(clients)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_key_every_request_is_a_job_of_its_own(cast, slow):
    """The counterpart of the concurrent requests with one key, which make one job."""
    client = program(cast.owner)
    call = partial(client.post, "/api/v1/jobs", {"preset": "slow"}, content_type="application/json")
    assert [answer.status_code for answer in together(*[call] * 6)] == [202] * 6
    assert Job.objects.count() == 6
