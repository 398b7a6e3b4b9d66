"""`POST /uploads`: one photo, decoded in a child process and stored. Refusals say what to do."""

import io
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from jobs.models import Upload
from tests.jobs.uploads.pictures import quadrants


def png() -> bytes:
    buffer = io.BytesIO()
    quadrants().save(buffer, "PNG")
    return buffer.getvalue()


def photo(name="fig.png", content=None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or png(), "image/png")


def test_a_photo_is_kept_for_a_day(api, cast):
    answer = api.post("/api/v1/uploads", {"file": photo("my fig.png")})
    kept = Upload.objects.get(owner=cast.owner)
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": str(kept.id),
            "name": "my fig.png",
            "width": 64,
            "height": 48,
            "size": kept.size,
            "expires_at": kept.expires_at.isoformat().replace("+00:00", "Z"),
        },
    )
    assert round((kept.expires_at - timezone.now()) / timedelta(hours=1)) == 24


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"file": "text"},
        {"photo": photo()},
        {"file": [photo(), photo()]},
        {"file": photo(), "owner": "somebody"},
        {"file": photo(), "other": photo()},
    ],
    ids=["nothing", "text", "other name", "two", "a field more", "a file more"],
)
def test_one_photo_in_the_field_file_and_nothing_else(api, form):
    assert code_of(api.post("/api/v1/uploads", form)) == (400, "malformed_request")
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", png()[:60], b"%PDF-1.4"])
def test_what_is_no_picture_is_refused_by_content(api, content):
    answer = api.post("/api/v1/uploads", {"file": photo("fig.png", content)})
    assert (code_of(answer), Upload.objects.count()) == ((422, "unsupported_image"), 0)
    assert "“fig.png”" in answer.json()["error"]["message"]


def test_only_forms_are_read(api):
    answer = api.post("/api/v1/uploads", png(), content_type="image/png")
    assert code_of(answer) == (415, "unsupported_media_type")


def test_a_broken_form_is_malformed(api):
    for kind in ("multipart/form-data", "multipart/form-data; boundary=" + "x" * 300):
        assert code_of(api.generic("POST", "/api/v1/uploads", b"x", kind)) == (400, "malformed_request")


def test_a_storage_that_is_away_is_no_fault_of_the_photo(api, cast, monkeypatch):
    def refuse(*_):
        raise EndpointConnectionError(endpoint_url="http://storage")

    monkeypatch.setattr(default_storage, "save", refuse)
    answer = api.post("/api/v1/uploads", {"file": photo()})
    assert (code_of(answer), Upload.objects.count()) == ((503, "service_unavailable"), 0)
