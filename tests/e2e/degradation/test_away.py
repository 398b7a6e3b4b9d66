"""One test per row of the table in docs/production.md: what works during an outage, and recovery.

The outages are real: the test kills the part's process, and its port refuses connections.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from benchmarks.pictures import make_trial_photo
from tests.e2e.degradation.installation import EMAIL, PASSWORD, PATIENCE_S, away, post_form
from tests.services.process import wait_until

pytestmark = [pytest.mark.services, pytest.mark.chaos]


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_rabbitmq(installation):
    running = installation.begin_job(seconds=3)
    installation.wait_for(running, status="processing")
    with away(installation.stack.rabbitmq):
        following = installation.begin_job()
        installation.wait_until_ready_says(200, "degraded")
        assert installation.person.get("/jobs/").status_code == 200
        installation.wait_for(running, status="completed")
        installation.wait_for(following, status="completed")
        unheard = installation.begin_job()
    installation.wait_for(unheard, status="completed")
    installation.wait_until_whole()


def test_rabbitmq_that_takes_nothing(installation):
    broker = installation.stack.rabbitmq
    broker.raise_alarm()
    try:
        waiting = [installation.begin_job() for _ in range(3)]
        assert installation.person.get("/jobs/").status_code == 200
    finally:
        broker.end_alarm()
    for job in waiting:
        installation.wait_for(job, status="completed")
    installation.wait_until_whole()


def test_redis(installation):
    with away(installation.stack.redis):
        installation.wait_until_ready_says(200, "degraded")
        assert installation.person.get("/jobs/").status_code == 200
        newcomer = installation.sign_in()
        assert newcomer.get("/home/").status_code == 200
        shown = installation.watch(installation.begin_job(seconds=1))
        assert (shown[0] == "completed", shown[-1]) == (False, "completed")
    installation.wait_until_whole()
    assert [client.get("/home/").status_code for client in (installation.person, newcomer)] == [200, 200]


def test_s3(installation, tmp_path):
    photo = {"file": ("photo.png", make_trial_photo(1, tmp_path).read_bytes(), "image/png")}
    photos, credits = installation.number("SELECT count(*) FROM jobs_upload"), installation.credits()
    with away(installation.stack.s3):
        job = installation.begin_job()
        installation.wait_until_ready_says(503, "unavailable")
        assert installation.person.get(f"/jobs/{job}/").status_code == 200
        assert code_of(installation.api.post("/uploads", files=photo)) == (503, "service_unavailable")
        installation.wait_for(job, status="processing", stage="saving")
        assert installation.credits() == credits
    done = installation.wait_for(job, status="completed")
    (result,) = [each for each in done["artifacts"] if each["kind"] == "result"]
    content = installation.api.get(result["url"], follow_redirects=True).content
    assert hashlib.sha256(content).hexdigest() == result["sha256"]
    assert installation.credits() == credits - done["price"]
    assert installation.number(f"SELECT count(*) FROM jobs_attempt WHERE job_id = '{job}'") == 1
    assert installation.number("SELECT count(*) FROM jobs_upload") == photos
    assert installation.api.post("/uploads", files=photo).status_code == 201


def test_postgresql(installation):
    running = installation.begin_job(seconds=3)
    installation.wait_for(running, status="processing")
    processes = [each.pid for each in installation.processes]
    with away(installation.stack.postgres):
        with ThreadPoolExecutor() as side_by_side:  # each request waits seconds for the database
            ready = side_by_side.submit(installation.wait_until_ready_says, 503, "unavailable")
            page = side_by_side.submit(installation.person.get, "/jobs/")
            submit = side_by_side.submit(installation.submit)
            assert installation.stranger().get("/health").status_code == 200
        ready.result()
        assert code_of(submit.result()) == (503, "service_unavailable")
        assert (page.result().status_code, "Back in a moment" in page.result().text) == (503, True)
    installation.wait_until_whole()
    installation.wait_for(running, status="completed")
    installation.wait_for(installation.begin_job(), status="completed")
    assert [each.pid for each in installation.processes if each.is_running] == processes


def test_workers(installation):
    with away(installation.worker):
        waiting, unwanted = installation.begin_job(), installation.begin_job()
        assert installation.person.get(f"/jobs/{waiting}/").status_code == 200
        assert installation.api.post(f"/jobs/{unwanted}/cancel").status_code == 200
        assert [installation.job(job)["status"] for job in (waiting, unwanted)] == ["queued", "cancelled"]
    installation.wait_for(waiting, status="completed")


def test_nodes(installation):
    with away(installation.node):
        waiting = installation.begin_job()
        installation.wait_until_ready_says(200, "degraded")
        installation.wait_for(waiting, status="queued", why="No node can run this yet.")
        assert installation.person.get(f"/jobs/{waiting}/").status_code == 200
        late = installation.begin_job()
    for job in (waiting, late):
        installation.wait_for(job, status="completed")


def test_mail(installation):
    account = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    visitor = installation.stranger()
    with away(installation.mailbox):
        installation.wait_until_ready_says(200, "ok")
        for path, form in (("signup", account), ("password/reset", {"email": EMAIL})):
            answer = post_form(visitor, f"/accounts/{path}/", form)
            assert answer.status_code == 302, answer.text
        installation.wait_for(installation.begin_job(), status="completed")
    got = installation.mailbox.got
    wait_until(
        lambda: got("Confirm your email address") and got("Choose a new password"),
        "the mails do not arrive",
        PATIENCE_S,
    )
    assert got("Confirm your email address") == [account["email"]]
    assert got("Choose a new password") == [EMAIL]


def test_beat(installation):
    with away(installation.beat):
        installation.wait_for(installation.begin_job(), status="completed")
        orphan = installation.begin_job(seconds=2)
        installation.wait_for(orphan, status="processing")
        with away(installation.worker):
            pass
    installation.wait_for(orphan, status="completed")
