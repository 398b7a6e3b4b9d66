"""`Prefer: wait=N`: requests that start jobs are answered with the finished jobs if these end in time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import pytest
from channels.layers import get_channel_layer
from django.conf import settings

from accounts.api_keys import make_api_key, revoke_api_key
from accounts.enums import Scope
from jobs.api.waiting import preferred_wait_s
from jobs.lifecycle import cancel_job, finish_job
from jobs.models import Job
from jobs.streaming import polling
from jobs.streaming.ending import ENDED
from jobs.streaming.limits import WATCHERS
from tests.jobs.api.conftest import ARTIFACTS
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings", "transactional_db")
BODY = {"preset": "slow", "seed": 5}


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def start(site, path="/api/v1/jobs", *, wait="wait=30", body=BODY, **headers):
    return site.post(path, json=body, headers={"Prefer": wait, **headers})


def new_jobs(count: int = 1) -> list[Job]:
    """The jobs of a request that waits, once they are there."""
    return eventually(lambda: found if len(found := list(Job.objects.order_by("rank_at"))) == count else None)


def finish(job: Job, node) -> None:
    finish_job(rows.claim(job, node), ARTIFACTS)


def shown(site, path: str) -> dict:
    return site.get(path).json()


def test_a_job_that_ends_in_time_is_the_answer(site, slow, node, pool):
    waiting = pool.submit(start, site)
    (job,) = new_jobs()
    assert not waiting.done()
    finish(job, node)
    answer = waiting.result()
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=30")
    assert (answer.json(), answer.json()["status"]) == (shown(site, f"/api/v1/jobs/{job.id}"), "completed")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-RateLimit-Remaining"]


def test_a_job_that_does_not_is_accepted_as_ever(site, slow):
    answer = start(site, wait="wait=1")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=1")
    assert answer.json()["job_id"] == str(Job.objects.get().id)
    assert answer.headers["Location"] == answer.json()["status_url"]


@pytest.mark.parametrize("prefer", ["", "wait=0", "wait=soon", "respond-async", "return=minimal"])
def test_without_the_preference_nothing_waits(site, slow, prefer):
    answer = start(site, wait=prefer)
    assert (answer.status_code, answer.headers.get("Preference-Applied")) == (202, None)


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=30", 30),
        ("WAIT = 30", 30),
        ('wait="30"', 30),
        ("respond-async, wait=10; priority=5", 10),
        ('foo="a, wait=9", wait=8', 8),
        ("wait=7, wait=8", 7),
        ("wait=61", 60),
        ("wait=999999999999", 0),
        ("wait=-1", 0),
        ("wait=٣", 0),
        ("wait", 0),
        ("await=3", 0),
        ('wait="', 0),
    ],
)
def test_the_header_is_read_as_rfc_7240_has_it(prefer, seconds):
    assert preferred_wait_s(prefer) == seconds


def test_a_batch_waits_for_all_of_its_jobs(site, slow, node, pool):
    waiting = pool.submit(start, site, body=BODY | {"variations": 2})
    first, second = new_jobs(2)
    finish(first, node)
    assert not waiting.done()
    cancel_job(job=second)
    answer = waiting.result()
    assert (answer.status_code, answer.json()["finished"]) == (200, True)
    assert answer.json() == shown(site, f"/api/v1/batches/{first.batch_id}")


@pytest.mark.parametrize("act", ["retry", "vary"])
def test_a_repeat_waits_too(site, make_job, pool, act):
    job = make_job("cancelled")
    waiting = pool.submit(start, site, f"/api/v1/jobs/{job.id}/{act}", body={})
    (again,) = [each for each in new_jobs(2) if each != job]
    cancel_job(job=again)
    answer = waiting.result()
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (
        200,
        str(again.id),
        "cancelled",
    )


def test_a_repeated_request_waits_for_the_same_job(site, slow, node, pool):
    waiting = [pool.submit(start, site, **{"Idempotency-Key": "once"}) for _ in range(3)]
    (job,) = new_jobs()
    eventually(lambda: WATCHERS.open[job.owner_id] == 3)
    finish(job, node)
    answers = [each.result() for each in waiting]
    assert [each.status_code for each in answers] == [200] * 3
    assert {each.json()["id"] for each in answers} == {str(job.id)}
    assert sorted(each.headers.get("Idempotency-Replayed", "") for each in answers) == ["", "true", "true"]
    later = start(site, **{"Idempotency-Key": "once"})
    assert (later.status_code, later.json()["status"]) == (200, "completed")
    assert Job.objects.count() == 1


def test_a_refused_request_does_not_wait(site, slow):
    answer = start(site, body={"preset": "slow", "sead": 5})
    assert (answer.status_code, answer.headers.get("Preference-Applied")) == (422, None)


def test_lost_wake_ups_cost_seconds(site, slow, node, pool, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr("creator.lib.wakeups.in_process.EmbeddedChannelLayer.wake", lambda *_: None)
    waiting = pool.submit(start, site)
    finish(*new_jobs(), node)
    assert waiting.result().status_code == 200


def test_who_may_not_read_jobs_is_not_shown_one(site, slow, cast):
    secret = make_api_key(owner=cast.owner, name="writes", scopes=[Scope.JOBS_WRITE])[1]
    answer = start(site, **{"X-API-Key": secret})
    assert (answer.status_code, answer.headers.get("Preference-Applied")) == (202, None)


def test_a_key_that_is_revoked_meanwhile_is_shown_no_job(site, slow, key, pool):
    waiting = pool.submit(start, site)
    new_jobs()
    eventually(lambda: WATCHERS.open)
    revoke_api_key(key=key[0])
    assert waiting.result().status_code == 202


def test_what_waits_counts_as_a_stream(site, slow, cast, pool, monkeypatch):
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, max_sockets_per_person=1))
    waiting = pool.submit(start, site)
    (job,) = new_jobs()
    eventually(lambda: WATCHERS.open)
    one_too_many = start(site)
    assert (one_too_many.status_code, one_too_many.headers.get("Preference-Applied")) == (202, None)
    cancel_job(job=job)
    assert waiting.result().status_code == 200


def test_a_client_that_goes_leaves_nothing_behind(site, slow):
    with pytest.raises(httpx2.ReadTimeout):
        site.post("/api/v1/jobs", json=BODY, headers={"Prefer": "wait=60"}, timeout=1)
    eventually(lambda: not WATCHERS.open)
    watching = {seen for watchers in ENDED._watchers.values() for seen in watchers}
    assert (watching, get_channel_layer().groups) == (set(), {})
    assert [job.status for job in new_jobs()] == ["queued"]
