"""The drop zone's own address: one photo per request, and the same error envelope for every refusal."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jobs.models import Upload

PHOTO = Path("tests/golden/photos/chelsea.jpg")
JSON = {"Accept": "application/json"}


@pytest.fixture
def send(client, cast):
    client.force_login(cast.owner)
    return lambda **fields: client.post(reverse("upload"), fields, headers=JSON)


def test_a_photo_is_kept_and_described(send, cast):
    answer = send(file=SimpleUploadedFile("cat.jpg", PHOTO.read_bytes(), "image/jpeg"))
    photo = Upload.objects.get()
    shown = answer.json()
    assert (answer.status_code, photo.owner_id) == (201, cast.owner.id)
    assert {"id": shown["id"], "name": shown["name"], "width": shown["width"], "height": shown["height"]} == {
        "id": str(photo.id),
        "name": "cat.jpg",
        "width": photo.width,
        "height": photo.height,
    }
    assert shown["thumbnail_url"].startswith("/files/")


def test_what_is_no_picture_is_refused_by_name(send):
    answer = send(file=SimpleUploadedFile("cat.jpg", b"GIF89a, or so it says", "image/jpeg"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], Upload.objects.count()) == (422, "unsupported_image", 0)
    assert "“cat.jpg”" in error["message"]


def test_a_request_without_a_file_is_malformed(send):
    assert send().json()["error"]["code"] == "malformed_request"


def test_strangers_upload_nothing(client, db):
    answer = client.post(reverse("upload"), {"file": SimpleUploadedFile("a.jpg", b"a")}, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"], Upload.objects.count()) == (
        401,
        "not_authenticated",
        0,
    )


def test_only_post_is_taken(client, cast):
    client.force_login(cast.owner)
    answer = client.get(reverse("upload"), headers=JSON)
    assert (answer.status_code, answer["Allow"], answer.json()["error"]["code"]) == (
        405,
        "POST",
        "method_not_allowed",
    )
