"""Assets: photos that are sent once, results of jobs, their files, and how they go."""

from datetime import timedelta
from io import BytesIO

import pytest
from asgiref.sync import async_to_sync
from blake3 import blake3
from botocore.exceptions import EndpointConnectionError
from comfy_low.models import Asset as ContractAsset
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from creator.platform.models import AuditLine
from jobs.models import Upload
from tests.jobs.api.v2.conftest import ASSETS, code_of
from tests.jobs.lifecycle import rows
from tests.jobs.uploads.pictures import quadrants

pytestmark = pytest.mark.usefixtures("rings")


def png(size=(64, 48)) -> bytes:
    buffer = BytesIO()
    quadrants().resize(size).save(buffer, "PNG")
    return buffer.getvalue()


def hash_of(content: bytes) -> str:
    return f"blake3:{blake3(content).hexdigest()}"


def put(api, content=None, name="my photo.png", key="", **fields):
    content = content or png()
    form = {
        "file": SimpleUploadedFile(name, content, "image/png"),
        "content_type": "image/png",
        "file_path": name,
        "expected_hash": hash_of(content),
    }
    sent = {key: value for key, value in (form | fields).items() if value is not None}
    return api.post(ASSETS, sent, headers={"Idempotency-Key": key} if key else {})


def test_a_photo_is_an_asset(api, cast):
    answer = put(api)
    assert answer.status_code == 201
    asset, photo = ContractAsset.model_validate(answer.json()), Upload.objects.get(owner=cast.owner)
    assert (asset.id, asset.hash, asset.created_new) == (str(photo.id), hash_of(png()), True)
    assert (asset.file_path, asset.content_type, asset.size_bytes) == (
        "my photo.png",
        "image/png",
        photo.size,
    )
    assert (asset.expires_at, asset.job_id) == (photo.expires_at, None)
    assert ContractAsset.model_validate(api.get(f"{ASSETS}/{asset.id}").json()).created_new is None


def test_the_same_file_again_is_the_same_asset_for_longer(api, cast):
    first = put(api).json()
    soon = timezone.now() + timedelta(hours=1)
    Upload.objects.update(expires_at=soon)
    again = put(api, name="other.png")
    assert (again.status_code, again.json()["id"], again.json()["created_new"]) == (200, first["id"], False)
    assert Upload.objects.get().expires_at > soon


def test_a_key_is_for_one_file(api):
    one = put(api, key="k-1")
    Upload.objects.update(blake3="")  # so that the key alone tells that it came before
    again, other = put(api, key="k-1"), put(api, content=png((60, 40)), key="k-1")
    assert (one.status_code, again.status_code, again.json()) == (201, 201, one.json())
    assert code_of(other) == (422, "idempotency_key_reuse")
    assert Upload.objects.count() == 1


def test_a_file_that_was_sent_before_is_found_by_its_hash(api, stranger):
    assert api.head(f"{ASSETS}/by-hash/{hash_of(png())}").status_code == 404
    asset = put(api).json()["id"]
    assert api.head(f"{ASSETS}/by-hash/{hash_of(png())}").status_code == 200
    minted = api.post(
        f"{ASSETS}/from-hash", {"hash": hash_of(png()), "file_path": "x.png"}, content_type="application/json"
    )
    assert (minted.status_code, minted.json()["id"], minted.json()["created_new"]) == (200, asset, False)
    assert stranger.head(f"{ASSETS}/by-hash/{hash_of(png())}").status_code == 404


@pytest.mark.parametrize(
    "given", ["blake3:", "blake3:00", "0" * 64, "sha256:" + "0" * 64, "blake3:" + "0" * 64, "ü"]
)
def test_an_unknown_hash_has_no_asset(api, given):
    put(api)
    Upload.objects.update(blake3="")
    assert api.head(f"{ASSETS}/by-hash/{given}").status_code == 404
    answer = api.post(f"{ASSETS}/from-hash", {"hash": given}, content_type="application/json")
    assert code_of(answer) == (404, "blob_not_found")


def test_a_photo_that_has_expired_is_not_found_by_its_hash(api):
    put(api)
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api.head(f"{ASSETS}/by-hash/{hash_of(png())}").status_code == 404
    assert put(api).status_code == 201


def test_a_file_that_arrives_changed_is_refused(api):
    assert code_of(put(api, expected_hash=hash_of(b"other"))) == (409, "hash_mismatch")
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"file": None}, (400, "invalid_request")),
        ({"file": "text"}, (400, "invalid_request")),
        ({"content_type": None}, (422, "invalid_request")),
        ({"file_path": None}, (422, "invalid_request")),
        ({"expected_hash": "md5:1"}, (422, "invalid_request")),
        ({"expires_in": "59"}, (422, "invalid_request")),
        ({"other": "x"}, (422, "invalid_request")),
        ({"tags": ["x"] * 21}, (422, "invalid_request")),
    ],
    ids=str,
)
def test_forms_of_another_kind_are_refused(api, fields, code):
    assert code_of(put(api, **fields)) == code


def test_the_contracts_other_fields_are_taken(api):
    assert put(api, tags=["input", "photo"], expires_in="86400", expected_hash=None).status_code == 201


def test_what_is_no_photo_is_refused_as_everywhere(api):
    assert code_of(put(api, content=b"<svg/>", name="models/checkpoints/x.safetensors")) == (
        422,
        "unsupported_image",
    )


def test_a_path_counts_by_its_last_part(api):
    assert put(api, file_path="../../etc/pass\u0000wd.png").status_code in (201, 422)
    assert put(api, content=png((60, 40)), file_path="a/b/c.png").json()["file_path"] == "c.png"


def test_the_content_is_served_by_a_signed_link(api, client):
    asset = put(api).json()
    answer = api.get(f"{ASSETS}/{asset['id']}/content")
    assert answer.status_code == 302
    served = client.get(answer["Location"])

    async def read() -> bytes:
        return b"".join([chunk async for chunk in served])

    assert (served.status_code, async_to_sync(read)()[:8]) == (200, b"\x89PNG\r\n\x1a\n")


def test_a_result_is_an_asset_with_its_jobs_id(api, make_job):
    job = make_job("completed")
    asset = ContractAsset.model_validate(api.get(f"{ASSETS}/{job.id}").json())
    assert (asset.id, asset.job_id, asset.hash) == (str(job.id), str(job.id), None)
    assert asset.file_path == job.result_name
    assert api.get(f"{ASSETS}/{job.id}/content")["Location"].startswith("http://testserver/files/")
    assert code_of(api.delete(f"{ASSETS}/{job.id}")) == (409, "asset_in_use")


def test_a_photo_goes_with_its_files(api):
    asset = put(api).json()["id"]
    photo = Upload.objects.get()
    assert api.delete(f"{ASSETS}/{asset}").status_code == 204
    assert code_of(api.delete(f"{ASSETS}/{asset}")) == (404, "not_found")
    kept = [default_storage.exists(key) for key in (photo.key, photo.preview_key, photo.thumbnail_key)]
    assert (kept, Upload.objects.count()) == ([False] * 3, 0)
    assert AuditLine.objects.filter(subject=f"upload:{asset}").count() == 1


def test_a_photo_of_an_open_job_stays(api, cast, presets):
    rows.make_node("able", classes=list(presets["cinematic"].manifest.required_classes))
    photo = rows.make_upload(cast.owner)
    rows.submit_one(cast.owner, presets["cinematic"], photos=[photo])
    assert code_of(api.delete(f"{ASSETS}/{photo.id}")) == (409, "asset_in_use")
    assert Upload.objects.filter(pk=photo.pk).exists()


def test_a_photo_that_the_storage_does_not_give_up_is_gone_all_the_same(api, monkeypatch):
    asset = put(api).json()["id"]
    away = EndpointConnectionError(endpoint_url="http://s3")
    monkeypatch.setattr(default_storage, "delete", lambda _key: (_ for _ in ()).throw(away))
    assert api.delete(f"{ASSETS}/{asset}").status_code == 204
    assert code_of(api.get(f"{ASSETS}/{asset}")) == (404, "not_found")
    assert api.head(f"{ASSETS}/by-hash/{hash_of(png())}").status_code == 404
    assert Upload.objects.get().expires_at <= timezone.now()


@pytest.mark.parametrize("part", ["", "/content"])
def test_anothers_asset_is_not_there(api, stranger, make_job, part):
    for asset in (put(api).json()["id"], make_job("completed").id):
        assert code_of(stranger.get(f"{ASSETS}/{asset}{part}")) == (404, "not_found")
        assert code_of(stranger.delete(f"{ASSETS}/{asset}")) == (404, "not_found")
