"""`GET` and `DELETE /uploads/{id}`."""

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from creator.lib.storage.listing import list_objects
from jobs.api import uploads
from jobs.enums import JobStatus
from jobs.models import Job, Upload
from jobs.retention import purge_expired
from tests.jobs.api.test_uploads import png
from tests.jobs.lifecycle import rows

KEYS = ("key", "preview_key", "thumbnail_key")


@pytest.fixture
def photo(api) -> Upload:
    answer = api.post("/api/v1/uploads", {"file": SimpleUploadedFile("fig.png", png(), "image/png")})
    return Upload.objects.get(pk=answer.json()["id"])


def stored(photo) -> list[bool]:
    return [default_storage.exists(getattr(photo, key)) for key in KEYS]


def test_a_photo_is_shown_as_it_was_when_it_was_sent(api, photo):
    answer = api.get(f"/api/v1/uploads/{photo.pk}")
    assert (answer.status_code, answer.json()["id"], answer.json()["size"]) == (
        200,
        str(photo.pk),
        photo.size,
    )


def test_an_unused_photo_is_deleted_at_once(api, photo):
    assert stored(photo) == [True] * 3
    answer = api.delete(f"/api/v1/uploads/{photo.pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (stored(photo), Upload.objects.count()) == ([False] * 3, 0)
    assert api.delete(f"/api/v1/uploads/{photo.pk}").status_code == 404


def test_another_persons_photo_is_not_there(stranger, photo):
    for ask in (stranger.get, stranger.delete):
        assert ask(f"/api/v1/uploads/{photo.pk}").status_code == 404
    assert stored(photo) == [True] * 3


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_photo_of_a_job_in_progress_stays(api, photo, make_job, status):
    job = make_job(status)
    Job.objects.filter(pk=job.pk).update(upload=photo)
    answer = api.delete(f"/api/v1/uploads/{photo.pk}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_late")
    assert stored(photo) == [True] * 3


def test_a_photo_of_a_job_that_has_ended_goes_and_the_job_stays(api, photo, make_job):
    job = make_job(JobStatus.COMPLETED)
    Job.objects.filter(pk=job.pk).update(upload=photo)
    assert api.delete(f"/api/v1/uploads/{photo.pk}").status_code == 204
    job.refresh_from_db()
    assert (job.upload_id, job.status, stored(photo)) == (None, JobStatus.COMPLETED, [False] * 3)


def test_a_storage_that_is_away_deletes_it_later(api, photo, presets, monkeypatch):
    """No job takes it meanwhile."""
    rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))

    def refuse(*_):
        raise EndpointConnectionError(endpoint_url="http://storage")

    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", refuse)
        assert api.delete(f"/api/v1/uploads/{photo.pk}").status_code == 204
    body = {"preset": "cinematic", "upload_id": str(photo.pk)}
    answer = api.post("/api/v1/jobs", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")
    Upload.objects.update(purge_after=None)
    purge_expired()
    assert (stored(photo), Upload.objects.count()) == ([False] * 3, 0)


def stored_objects() -> set[str]:
    return {found.key for found in list_objects(default_storage, "uploads")}


def send(api, content: bytes, key: str):
    form = {"file": SimpleUploadedFile("fig.png", content, "image/png")}
    return api.post("/api/v1/uploads", form, headers={"Idempotency-Key": key})


def test_a_repeated_key_stores_one_file(api):
    first, again = send(api, png(), "one"), send(api, png(), "one")
    assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
    assert Upload.objects.count() == 1
    assert send(api, png() + b" ", "one").json()["error"]["code"] == "idempotency_conflict"


def test_of_two_that_come_at_once_the_later_stores_nothing(api, monkeypatch):
    """The other request is answered while the file of this one is being read."""
    look, others, before = uploads.find_repeat, [], stored_objects()

    def look_too_early(*asked):
        if not others:
            monkeypatch.setattr(uploads, "find_repeat", look)
            others.append(send(api, png(), "two"))

    monkeypatch.setattr(uploads, "find_repeat", look_too_early)
    answer = send(api, png(), "two")
    assert (answer.content, answer["Idempotency-Replayed"]) == (others[0].content, "true")
    assert stored_objects() - before == set(Upload.objects.values_list(*KEYS).get())
