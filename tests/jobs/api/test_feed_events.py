"""`GET /events` and `GET /batches/{id}/events`: pages and streams of what became of jobs."""

import uuid

import pytest

from jobs.lifecycle import cancel_job
from jobs.models import Job, UserQueue

pytestmark = pytest.mark.usefixtures("rings", "transactional_db")
STREAM = {"Accept": "text/event-stream"}
FEED = "/api/v1/events"


def path_of(job) -> str:
    return f"/api/v1/batches/{job.batch_id}/events"


def follow(site, path, **query) -> list[dict]:
    """Read pages until `next` is null."""
    answer = site.get(path, params=query).json()
    told = answer["events"]
    while answer["next"]:
        answer = site.get(answer["next"]).json()
        told += answer["events"]
    return told


def test_pages_lead_to_one_another_and_give_the_rows(site, make_job):
    jobs = [make_job(status) for status in ("completed", "failed", "cancelled", "queued")]
    whole = follow(site, FEED)
    assert follow(site, FEED, limit=2) == whole
    replayed = {each["data"]["job_id"]: each["data"]["status"] for each in whole if "job_id" in each["data"]}
    assert replayed == {str(job.id): job.status for job in jobs}
    failed = next(each for each in whole if each["type"] == "job.failed")
    assert failed["data"] == {
        "job_id": str(jobs[1].id),
        "batch_id": str(jobs[1].batch_id),
        "status": "failed",
        "preset": "slow",
        "name": jobs[1].name,
        "error": {"code": "timeout", "message": jobs[1].error_message},
    }


def test_a_program_goes_on_where_it_was(site, make_job):
    make_job()
    first = site.get(FEED).json()
    assert (len(first["events"]), first["next"], first["newest"]) == (1, None, first["after"])
    assert site.get(FEED, params={"after": first["after"]}).json() == first | {"events": []}
    make_job("cancelled")
    later = site.get(FEED, params={"after": first["after"]}).json()
    assert [each["type"] for each in later["events"]] == ["job.queued", "job.cancelled", "batch.completed"]


def test_types_are_filtered_on_every_page(site, make_job):
    for status in ("completed", "queued", "failed", "completed"):
        make_job(status)
    for types in ("job.completed,job.failed", ["job.completed", "job.failed"]):
        told = follow(site, FEED, type=types, limit=1)
        assert [each["type"] for each in told] == ["job.completed", "job.failed", "job.completed"]


def test_a_batch_says_when_no_more_will_come(site, make_job):
    job, other = make_job(variations=1), make_job()
    before = site.get(path_of(job)).json()
    cancel_job(job=other)
    cancel_job(job=job)
    after = site.get(path_of(job), params={"after": before["after"]}).json()
    assert [each["type"] for each in before["events"] + after["events"]] == [
        "job.queued",
        "job.cancelled",
        "batch.completed",
    ]
    assert (before["terminal"], after["terminal"]) == (False, True)


def test_a_stream_begins_with_the_next_event_and_is_resumed_by_its_id(site, make_job):
    make_job("cancelled")
    job = make_job()
    with site.stream("GET", FEED, headers=STREAM) as answer:
        lines = answer.iter_lines()
        began = next(line for line in lines if line.startswith("id: "))
        cancel_job(job=job)
        told = [next(line for line in lines if line.startswith("event: job")) for _ in range(1)]
    assert answer.headers["Content-Type"].partition(";")[0] == "text/event-stream"
    assert told == ["event: job.cancelled"]
    resume = STREAM | {"Last-Event-ID": began.removeprefix("id: ")}
    with site.stream("GET", FEED, headers=resume, params={"after": 0}) as answer:
        events = (line for line in answer.iter_lines() if line.startswith("event: "))
        assert [next(events) for _ in range(3)] == [
            "event: heartbeat",
            "event: job.cancelled",
            "event: batch.completed",
        ]


def test_a_stream_of_a_batch_ends(site, make_job):
    job = make_job("cancelled")
    lines = site.get(path_of(job), headers=STREAM).text.splitlines()
    assert [line for line in lines if line.startswith("event: ")] == [
        "event: heartbeat",
        "event: job.queued",
        "event: job.cancelled",
        "event: batch.completed",
    ]
    last = [line for line in lines if line.startswith("id: ")][-1].removeprefix("id: ")
    assert site.get(path_of(job), headers=STREAM | {"Last-Event-ID": last}).status_code == 204


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_an_id_that_does_not_exist_yet_is_refused(site, make_job, accept):
    """After a backup was restored, a program with a later id would wait, and miss what comes under its id."""
    make_job()
    newest = site.get(FEED).json()["newest"]
    UserQueue.objects.update(feed_number=0)  # what a backup of before the job has
    for path in (FEED, path_of(Job.objects.get())):
        answer = site.get(path, params={"after": newest}, headers={"Accept": accept})
        assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, ["after"])


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_refusals_are_those_of_every_address(site, cast, make_job, accept):
    job, theirs = make_job(), make_job(owner=cast.other)
    ways = [
        ("GET", FEED, {"X-API-Key": "creator_x"}, 401, "not_authenticated"),
        ("GET", path_of(theirs), {}, 404, "not_found"),
        ("GET", f"/api/v1/batches/{uuid.uuid4()}/events", {}, 404, "not_found"),
        ("GET", f"{FEED}?after=-1", {}, 422, "invalid_parameters"),
        ("GET", f"{FEED}?limit=0", {}, 422, "invalid_parameters"),
        ("GET", f"{FEED}?type=job.done", {}, 422, "invalid_parameters"),
        ("GET", f"{path_of(job)}?type=job.queued", {}, 422, "invalid_parameters"),
        ("POST", FEED, {}, 405, "method_not_allowed"),
    ]
    for method, path, headers, status, code in ways:
        answer = site.request(method, path, headers={"Accept": accept} | headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_one_persons_events_are_no_other_persons(site, cast, make_job):
    make_job("completed", owner=cast.other)
    assert site.get(FEED).json() == {"events": [], "after": 0, "newest": 0, "next": None}
