"""`GET /artifacts/{id}` and `/content`: a stored file of the caller's job, and the way to it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Artifact
from jobs.retention import purge_expired

pytestmark = pytest.mark.usefixtures("rings")


@pytest.fixture
def result(make_job) -> Artifact:
    return make_job("completed").artifacts.get(kind="result")


def test_a_file_is_shown_as_its_job_shows_it(api, result):
    job = api.get(f"/api/v1/jobs/{result.job_id}").json()
    shown = {each["id"]: each for each in job["artifacts"]}
    assert len(shown) == 3
    for each, file in shown.items():
        assert api.get(f"/api/v1/artifacts/{each}").json() == file | {"job_id": job["id"]}


def test_its_content_is_behind_a_link_that_needs_no_key(api, client, result, settings):
    file = settings.DATA_DIR / "files" / result.key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"picture")
    answer = api.get(f"/api/v1/artifacts/{result.public_id}/content")
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer["Location"] == api.get(f"/api/v1/artifacts/{result.public_id}").json()["url"]
    assert client.get(answer["Location"].removeprefix("http://testserver"))["Content-Length"] == "7"


def test_it_need_not_be_sent_twice(api, result):
    address = f"/api/v1/artifacts/{result.public_id}"
    known = {"If-None-Match": api.get(address)["ETag"]}
    assert api.get(address, headers=known).status_code == 304
    Artifact.objects.update(expires_at=timezone.now() + timedelta(days=90))
    assert api.get(address, headers=known).status_code == 200


@pytest.mark.parametrize("end", ["", "/content"])
def test_anothers_file_and_a_deleted_one_are_as_unknown_as_none(api, stranger, result, end):
    address = f"/api/v1/artifacts/{result.public_id}{end}"
    errors = [stranger.get(each).json() for each in (address, f"/api/v1/artifacts/{uuid.uuid4()}{end}")]
    assert [each["error"] | {"request_id": ""} for each in errors] == [
        errors[0]["error"] | {"request_id": ""}
    ] * 2
    assert stranger.get(address).status_code == 404
    Artifact.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    purge_expired()
    assert api.get(address).status_code == 404
