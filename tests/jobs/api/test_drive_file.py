"""`POST /jobs` with a file that another app found: it is read, becomes an upload and the job's photo."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from creator.lib.errors import Refused
from jobs.models import Job, Upload
from jobs.uploads import elsewhere
from tests.jobs.lifecycle import rows
from tests.jobs.uploads.pictures import quadrants

pytestmark = pytest.mark.usefixtures("rings")
ASKED = {"preset": "cinematic", "drive_file": 7}


@pytest.fixture
def read(monkeypatch, tmp_path, presets):
    """Whose file of which id was read, and whether a transaction was open meanwhile, besides the test's own."""
    rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    monkeypatch.setattr(elsewhere, "_reads", [])
    photo = tmp_path / "IMG_1.png"
    quadrants().save(photo, "PNG")
    asked = []
    outside = len(connection.savepoint_ids)

    @contextmanager
    def reads(owner, file_id, limits):
        asked.append((owner, file_id, len(connection.savepoint_ids) - outside))
        if file_id != 7:
            raise Refused("not_found", "There is no such file.", {"drive_file": "There is no such file."})
        yield photo, "IMG_1.png"

    elsewhere.register_elsewhere(reads)
    return asked


def post(client, body, **headers):
    return client.post("/api/v1/jobs", body, content_type="application/json", headers=headers)


def refused(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], set(error["details"])


def test_the_file_becomes_the_photo_of_the_job(api, cast, read):
    answer = post(api, ASKED)
    assert (answer.status_code, read) == (202, [(cast.owner, 7, 0)])
    job = Job.objects.get(pk=answer.json()["job_id"])
    assert (job.upload.name, job.upload.owner, job.upload.expires_at) == ("IMG_1.png", cast.owner, None)


def test_a_repeat_reads_and_makes_nothing(api, read):
    first, second = (post(api, ASKED, **{"Idempotency-Key": "order-1"}) for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (202, 200, "true")
    assert first.json() == second.json()
    assert (len(read), Upload.objects.count(), Job.objects.count()) == (1, 1, 1)


def test_a_batch_of_variations_shares_it(api, read):
    answer = post(api, ASKED | {"variations": 2, "parameters": {"grain": 0.1}})
    assert (answer.status_code, Upload.objects.count(), Job.objects.count()) == (202, 1, 2)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (ASKED | {"drive_file": 8}, (404, "not_found", {"drive_file"})),
        (ASKED | {"parameters": {"grain": 9}}, (422, "invalid_parameters", {"grain"})),
        (ASKED | {"drive_file": 0}, (422, "invalid_parameters", {"drive_file"})),
        (ASKED | {"drive_file": 2**63}, (422, "invalid_parameters", {"drive_file"})),
        (ASKED | {"drive_file": "IMG_1.png"}, (422, "invalid_parameters", {"drive_file"})),
        (
            ASKED | {"upload_id": "00000000-0000-0000-0000-000000000007"},
            (422, "invalid_parameters", {"drive_file"}),
        ),
    ],
)
def test_what_is_refused_keeps_nothing(api, read, body, refusal):
    assert refused(post(api, body)) == refusal
    assert (Upload.objects.count(), Job.objects.count()) == (0, 0)


def test_where_no_app_reads_such_files_words_say_what_to_do(api, read):
    elsewhere._reads.clear()
    answer = post(api, ASKED)
    assert refused(answer) == (422, "invalid_parameters", {"drive_file"})
    assert "upload_id" in answer.json()["error"]["details"]["drive_file"]


def test_a_file_that_is_no_picture_is_refused_as_an_upload_is(api, read, tmp_path):
    (tmp_path / "IMG_1.png").write_bytes(b"no picture")
    assert refused(post(api, ASKED))[:2] == (422, "unsupported_image")


def test_a_key_that_may_not_see_drives_cannot_name_their_files(cast, read):
    _, secret = make_api_key(owner=cast.owner, name="test", scopes=[Scope.JOBS_WRITE])
    answer = post(Client(headers={"X-API-Key": secret}), ASKED)
    assert (answer.status_code, answer.json()["error"]["details"]) == (403, {"scope": "drive:read"})
    assert read == []
