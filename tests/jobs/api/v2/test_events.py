"""`GET /jobs/{id}/events`: the present state, what changes, and the final status at the end."""

import json

import httpx2
import pytest

from accounts.api_keys import make_api_key, revoke_api_key
from jobs.lifecycle import cancel_job, enter_stage, finish_job, report_progress
from jobs.models import Artifact
from jobs.streaming import limits, polling
from jobs.streaming.previews import keep_preview
from tests.jobs.api.conftest import ARTIFACTS
from tests.jobs.api.v2.conftest import JOBS
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.serving import served

pytestmark = pytest.mark.usefixtures("rings", "transactional_db")


@pytest.fixture
def key(cast):
    return make_api_key(owner=cast.owner, name="watcher")


@pytest.fixture
def site(key, settings):
    """A client with the owner's key, connected to the site behind its real server."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    headers = {"Authorization": f"Bearer {key[1]}"}
    with (
        served() as address,
        httpx2.Client(base_url=address, headers=headers, trust_env=False, timeout=30) as client,
    ):
        yield client


def events_in(lines):
    """Yields name and data of each event."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_job_is_told_from_the_queue_to_its_picture(site, make_job, node, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.1)
    job = make_job()
    with site.stream("GET", f"{JOBS}/{job.id}/events") as answer:
        told = events_in(answer.iter_lines())
        assert next(told) == ("status", {"status": "queued", "queue_position": 1})
        claim = rows.claim(job, node)
        assert enter_stage(claim, "running")
        next(data for name, data in told if name == "status" and data["status"] == "running")
        keep_preview(job.id, b"picture", "image/jpeg")
        assert report_progress(claim, percent=50.0, stage_title="Waiting", step=50, steps=100)
        progress = next(data for name, data in told if name == "progress" and data["step"])
        assert (progress["value"], progress["current_node_class"]) == (0.5, "TestSlowSteps")
        preview = next(told)
        assert preview == (
            "preview",
            {"node_id": "9", "content_type": "image/jpeg", "data_base64": "cGljdHVyZQ=="},
        )
        finish_job(claim, ARTIFACTS)
        rest = list(told)
    assert [name for name, _ in rest][-2:] == ["output", "status"]
    assert rest[-1] == ("status", {"status": "succeeded", "queue_position": None})
    assert rest[-2][1]["id"] == str(job.id)
    assert answer.headers["Content-Type"].startswith("text/event-stream")


def test_a_job_that_has_ended_is_told_at_once(site, make_job):
    told = list(events_in(site.get(f"{JOBS}/{make_job('failed').id}/events").text.splitlines()))
    assert [name for name, _ in told] == ["progress", "status"]
    assert told[-1][1]["status"] == "failed"


def test_a_result_whose_file_went_is_not_told(site, make_job):
    job = make_job("completed")
    Artifact.objects.all().delete()
    told = list(events_in(site.get(f"{JOBS}/{job.id}/events").text.splitlines()))
    assert [name for name, _ in told] == ["progress", "status"]


def test_events_have_no_numbers_and_are_not_repeated(site, make_job):
    job = make_job("cancelled")
    answer = site.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": "1"})
    assert (answer.status_code, "id:" in answer.text) == (200, False)


def test_a_stream_ends_when_its_key_is_revoked(site, make_job, key, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 600)
    job = make_job()
    with site.stream("GET", f"{JOBS}/{job.id}/events") as answer:
        told = events_in(answer.iter_lines())
        next(told)
        revoke_api_key(key=key[0])
        assert list(told) == []
    assert site.get(f"{JOBS}/{job.id}/events").json()["error"]["code"] == "unauthorized"


def test_streams_of_a_person_are_bounded(site, make_job, monkeypatch):
    monkeypatch.setattr(limits.WATCHERS, "most", lambda: 0)
    answer = site.get(f"{JOBS}/{make_job().id}/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")


def test_a_cancel_is_the_end(site, make_job):
    job = make_job()
    with site.stream("GET", f"{JOBS}/{job.id}/events") as answer:
        told = events_in(answer.iter_lines())
        next(told)
        cancel_job(job=job)
        assert [data["status"] for name, data in told if name == "status"] == ["canceled"]
