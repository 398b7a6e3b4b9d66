"""`DELETE /jobs/{id}`: 204 for an ended job of the caller, also the second time; what is in progress stays."""

import uuid

import pytest

from jobs.feed import read_feed
from jobs.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rings")]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_an_ended_job_is_forgotten(api, make_job, status):
    job = make_job(status)
    address = f"/api/v1/jobs/{job.id}"
    file = f"/api/v1/artifacts/{job.artifacts.first().public_id}" if status == "completed" else address
    answers = [api.delete(address) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert [api.get(each).status_code for each in (address, f"{address}/preview", file)] == [404, 404, 404]
    assert api.post(f"{address}/retry", content_type="application/json").status_code == 404
    assert api.get("/api/v1/jobs").json()["jobs"] == []
    batch = api.get(f"/api/v1/batches/{job.batch_id}").json()
    assert (batch["jobs"], sum(batch["counts"].values())) == ([], 0)
    assert read_feed(job.owner_id, 0, limit=10).events == []


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_a_job_in_progress_is_to_be_cancelled_first(api, make_job, status):
    job = make_job(status)
    answer = api.delete(f"/api/v1/jobs/{job.id}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "too_late")
    assert "Cancel it first" in error["message"]
    assert api.get(f"/api/v1/jobs/{job.id}").status_code == 200


def test_another_persons_job_is_as_unknown_as_none(stranger, make_job):
    job = make_job("completed")
    answers = [stranger.delete(f"/api/v1/jobs/{each}") for each in (job.id, uuid.uuid4())]
    errors = [answer.json()["error"] | {"request_id": ""} for answer in answers]
    assert ([answer.status_code for answer in answers], errors[0]) == ([404, 404], errors[1])
    assert Job.objects.get().deleted_at is None
