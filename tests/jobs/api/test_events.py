"""`GET /jobs/{id}/events`: a job's events as a stream or a poll, as long as the caller's key is valid."""

import json
import uuid

import pytest

from accounts.api_keys import revoke_api_key
from jobs.lifecycle import cancel_job
from jobs.streaming import polling
from jobs.streaming.limits import WATCHERS

pytestmark = pytest.mark.usefixtures("rings", "transactional_db")
STREAM = {"Accept": "text/event-stream"}


def path_of(job) -> str:
    return f"/api/v1/jobs/{job.id}/events"


def numbers(lines) -> list[int]:
    return [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]


def test_a_poll_tells_what_is_new_since_a_number(site, make_job):
    job = make_job("cancelled")
    now, later, over = (site.get(path_of(job), params=query) for query in ({}, {"after": 1}, {"after": 2}))
    assert [message["status"] for message in now.json()["messages"]] == ["cancelled"]
    assert [message["sequence"] for message in later.json()["messages"]] == [2]
    assert over.json() == {"messages": [], "after": 2, "terminal": True}
    assert (now.headers["Cache-Control"], now.headers["Content-Type"]) == (
        "private, no-store",
        "application/json",
    )


def test_a_stream_goes_on_until_the_job_is_final(site, make_job):
    job = make_job()
    with site.stream("GET", path_of(job), headers=STREAM) as answer:
        lines = answer.iter_lines()
        first = next(line for line in lines if line.startswith("data: "))
        cancel_job(job=job)
        rest = list(lines)
    assert answer.headers["Content-Type"].partition(";")[0] == "text/event-stream"
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == (
        "private, no-store",
        "no",
    )
    assert (json.loads(first.removeprefix("data: "))["status"], numbers(rest)) == ("queued", [2])


def test_a_stream_is_resumed_after_the_last_event(site, make_job):
    job = make_job("cancelled")
    for headers, query in (({"Last-Event-ID": "1"}, {"after": 0}), ({}, {"after": 1})):
        answer = site.get(path_of(job), headers=STREAM | headers, params=query)
        assert numbers(answer.text.splitlines()) == [2]
    assert site.get(path_of(job), headers=STREAM | {"Last-Event-ID": "2"}).status_code == 204


def test_a_stream_ends_when_its_key_is_revoked(site, make_job, key, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 600)
    job = make_job()
    with site.stream("GET", path_of(job), headers=STREAM) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if line.startswith("data: "))
        revoke_api_key(key=key[0])
        assert numbers(lines) == []
    job.refresh_from_db()
    assert (job.status, site.get(path_of(job), headers=STREAM).status_code) == ("queued", 401)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_refusals_are_those_of_every_address(site, cast, make_job, accept):
    job, theirs = make_job(), make_job(owner=cast.other)
    ways = [
        ("GET", path_of(job), {"X-API-Key": "creator_x"}, 401, "not_authenticated"),
        ("GET", path_of(theirs), {}, 404, "not_found"),
        ("GET", f"/api/v1/jobs/{uuid.uuid4()}/events", {}, 404, "not_found"),
        ("GET", f"{path_of(job)}?after=-1", {}, 422, "invalid_parameters"),
        ("GET", f"{path_of(job)}?since=1", {}, 422, "invalid_parameters"),
        ("POST", path_of(job), {}, 405, "method_not_allowed"),
    ]
    for method, path, headers, status, code in ways:
        answer = site.request(method, path, headers={"Accept": accept} | headers)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code)
        assert (error["request_id"], answer.headers["Cache-Control"]) == (
            answer.headers["X-Request-ID"],
            "private, no-store",
        )
    challenged = site.get(path_of(job), headers={"X-API-Key": "", "Accept": accept})
    assert (challenged.status_code, challenged.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert site.delete(path_of(job)).headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_head_of_a_stream_is_all_of_it(site, make_job):
    job = make_job()
    answer = site.head(path_of(job), headers=STREAM)
    assert (answer.status_code, answer.headers["X-Accel-Buffering"], answer.content) == (200, "no", b"")
    assert answer.headers["Content-Type"].partition(";")[0] == "text/event-stream"
    assert not WATCHERS.open
