"""Photos in parts, by tus 1.0: begun, continued by anyone who knows the offset, and then photos like others."""

import base64
import hashlib
import random
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.files.storage import default_storage
from django.utils import timezone

from billing.models import Plan
from creator.lib.errors import Refused
from creator.lib.storage.listing import list_objects
from jobs.models import PartialUpload, Upload
from jobs.retention import purge_expired
from jobs.uploads import parts
from tests.jobs.api.test_uploads import png

WHERE = "/api/v1/uploads/parts"
TUS = {"Tus-Resumable": "1.0.0"}
KIND = "application/offset+octet-stream"


def begin(api, length: int, name: str = "fig 写真.png", **headers):
    metadata = f"filename {base64.b64encode(name.encode()).decode()},filetype aW1hZ2UvcG5n"
    headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": metadata} | headers
    return api.generic("POST", WHERE, headers=headers)


def send(api, upload: str, offset: int, content: bytes, **headers):
    headers = TUS | {"Upload-Offset": str(offset)} | headers
    return api.generic("PATCH", f"{WHERE}/{upload}", content, KIND, headers=headers)


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def stored() -> list[str]:
    return [found.key for found in list_objects(default_storage, parts.FOLDER)]


@pytest.fixture(autouse=True)
def no_parts_of_others(db):
    for key in stored():
        default_storage.delete(key)


def test_parts_of_any_size_become_the_photo(api, cast):
    content = png()
    begun = begin(api, len(content))
    upload = begun.json()["id"]
    assert (begun.status_code, begun["Location"]) == (201, f"http://testserver{WHERE}/{upload}")
    assert (begun["Tus-Resumable"], begun["Upload-Offset"]) == ("1.0.0", "0")
    chance, at = random.Random(13), 0
    while at < len(content):
        end = at + chance.randrange(1, 200)
        answer = send(api, upload, at, content[at:end])
        at = min(end, len(content))
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(at))
        assert api.head(f"{WHERE}/{upload}", headers=TUS)["Upload-Offset"] == str(at)
    photo = Upload.objects.get()
    assert (str(photo.pk), photo.name, photo.width, photo.height) == (upload, "fig 写真.png", 64, 48)
    assert answer["Content-Location"] == f"/api/v1/uploads/{upload}"
    assert api.get(f"/api/v1/uploads/{upload}").json()["name"] == "fig 写真.png"
    assert stored() == []


def test_an_answer_that_was_lost_can_be_asked_for(api):
    """After a part and after the last one: the offset says what has arrived."""
    content = png()
    upload = begin(api, len(content)).json()["id"]
    send(api, upload, 0, content[:50])
    again = send(api, upload, 0, content[:50])
    assert (code_of(again), again["Upload-Offset"]) == ((409, "wrong_offset"), "50")
    send(api, upload, 50, content[50:])
    last = api.head(f"{WHERE}/{upload}", headers=TUS)
    assert (last.status_code, last["Upload-Offset"], last["Upload-Length"]) == (200, *[str(len(content))] * 2)
    assert code_of(send(api, upload, 50, content[50:])) == (409, "wrong_offset")
    assert Upload.objects.count() == 1


def test_of_two_that_send_the_same_part_one_is_taken(api, cast, tmp_path):
    """The other one read the row before: its part is not stored."""
    content = png()
    upload = begin(api, len(content)).json()["id"]
    stale = PartialUpload.objects.get(pk=upload)
    for size in (50, len(content)):
        (source := tmp_path / "part").write_bytes(content[stale.offset : size])
        early = PartialUpload.objects.get(pk=upload)
        parts.add_part(
            PartialUpload.objects.get(pk=upload), owner=cast.owner, offset=early.offset, source=source
        )
        with pytest.raises(Refused) as refused:
            parts.add_part(early, owner=cast.owner, offset=early.offset, source=source)
        assert (refused.value.code, len(stored())) == ("wrong_offset", 1 if size == 50 else 0)
        stale.refresh_from_db()
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_damaged_part_is_noticed(api, algorithm):
    upload = begin(api, 1000).json()["id"]
    digest = base64.b64encode(hashlib.new(algorithm, b"a" * 100).digest()).decode()
    checksum = {"Upload-Checksum": f"{algorithm} {digest}"}
    assert code_of(send(api, upload, 0, b"b" * 100, **checksum)) == (460, "checksum_mismatch")
    assert (PartialUpload.objects.get().offset, stored()) == (0, [])
    assert send(api, upload, 0, b"a" * 100, **checksum).status_code == 204


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Tus-Resumable": "0.2.2"}, (412, "wrong_protocol")),
        ({"Upload-Length": "0"}, (400, "malformed_request")),
        ({"Upload-Length": "-1"}, (400, "malformed_request")),
        ({"Upload-Length": "many"}, (400, "malformed_request")),
        ({"Upload-Length": ""}, (400, "malformed_request")),
        ({"Upload-Length": "9" * 15}, (413, "body_too_large")),
        ({"Upload-Metadata": "filename ===="}, (400, "malformed_request")),
        ({"Upload-Metadata": "filename é"}, (400, "malformed_request")),
    ],
)
def test_what_cannot_be_begun_is_said_at_once(api, headers, refused):
    answer = begin(api, 1000, **headers)
    assert (code_of(answer), PartialUpload.objects.count()) == (refused, 0)
    assert answer["Tus-Resumable"] == "1.0.0"
    if refused[0] == 412:
        assert answer["Tus-Version"] == "1.0.0"


@pytest.mark.parametrize(
    ("headers", "kind", "content", "refused"),
    [
        ({"Tus-Resumable": "2.0.0"}, KIND, b"a", (412, "wrong_protocol")),
        ({"Upload-Offset": "-1"}, KIND, b"a", (400, "malformed_request")),
        ({"Upload-Offset": "7"}, KIND, b"a", (409, "wrong_offset")),
        ({"Upload-Checksum": "md5 aGVsbG8="}, KIND, b"a", (400, "malformed_request")),
        ({"Upload-Checksum": "sha1 ?"}, KIND, b"a", (400, "malformed_request")),
        ({"Upload-Checksum": "sha1 é"}, KIND, b"a", (400, "malformed_request")),
        ({}, KIND, b"a" * 1001, (413, "body_too_large")),
        ({}, "application/json", b"{}", (415, "unsupported_media_type")),
        ({}, "image/png", b"a", (415, "unsupported_media_type")),
    ],
)
def test_a_part_that_does_not_fit_changes_nothing(api, headers, kind, content, refused):
    upload = begin(api, 1000).json()["id"]
    headers = TUS | {"Upload-Offset": "0"} | headers
    answer = api.generic("PATCH", f"{WHERE}/{upload}", content, kind, headers=headers)
    assert (code_of(answer), PartialUpload.objects.get().offset, stored()) == (refused, 0, [])


def test_what_is_no_photo_leaves_nothing(api):
    upload = begin(api, 100).json()["id"]
    send(api, upload, 0, b"a" * 50)
    answer = send(api, upload, 50, b"a" * 50)
    assert code_of(answer) == (422, "unsupported_image")
    assert "“fig 写真.png”" in answer.json()["error"]["message"]
    assert (PartialUpload.objects.count(), Upload.objects.count(), stored()) == (0, 0, [])


def test_a_storage_that_is_away_loses_no_part_that_was_taken(api, monkeypatch):
    content = png()
    upload = begin(api, len(content)).json()["id"]
    send(api, upload, 0, content[:50])

    def refuse(*_):
        raise EndpointConnectionError(endpoint_url="http://storage")

    for method, part in (("save", content[50:60]), ("open", content[50:])):
        with monkeypatch.context() as away:
            away.setattr(default_storage, method, refuse)
            assert code_of(send(api, upload, 50, part)) == (503, "service_unavailable")
    assert send(api, upload, 50, content[50:]).status_code == 204
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    [
        "a\0b.png",
        "../../etc/passwd",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "x" * 4000,
        "\0",
    ],
)
def test_any_name_can_be_stored(api, name):
    upload = begin(api, 100, name).json()
    assert not set("\0/") & set(upload["name"])
    assert 0 < len(PartialUpload.objects.get().name) <= 255


def test_it_is_the_owners_alone(api, stranger):
    upload = begin(api, 100).json()["id"]
    assert stranger.get(f"{WHERE}/{upload}", headers=TUS).status_code == 404
    assert send(stranger, upload, 0, b"a").status_code == 404
    assert stranger.delete(f"{WHERE}/{upload}", headers=TUS).status_code == 404
    assert PartialUpload.objects.get().offset == 0


def test_it_can_be_given_up(api):
    upload = begin(api, 100).json()["id"]
    send(api, upload, 0, b"a" * 50)
    assert api.delete(f"{WHERE}/{upload}", headers=TUS).status_code == 204
    assert (PartialUpload.objects.count(), stored()) == (0, [])
    assert send(api, upload, 50, b"a").status_code == 404


def test_it_expires_and_is_deleted(api):
    upload = begin(api, 100).json()["id"]
    send(api, upload, 0, b"a" * 50)
    PartialUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert send(api, upload, 50, b"a").status_code == 404
    purge_expired()
    assert (PartialUpload.objects.count(), stored()) == (0, [])


def test_a_person_sends_few_at_a_time_and_each_counts_as_a_photo(api, monkeypatch):
    Plan.objects.update(uploads_per_hour=4)
    monkeypatch.setattr(parts, "OPEN_AT_ONCE", 2)
    first, *_ = (begin(api, 100).json()["id"] for _ in range(2))
    assert code_of(begin(api, 100)) == (429, "quota_exceeded")
    api.delete(f"{WHERE}/{first}", headers=TUS)
    assert begin(api, 100).status_code == 201
    assert code_of(begin(api, 100)) == (429, "rate_limited")


def test_without_room_the_last_part_is_not_read_and_may_come_again(api, monkeypatch):
    content = png()
    upload = begin(api, len(content)).json()["id"]
    Plan.objects.update(unused_photos=0)
    with monkeypatch.context() as reading:
        reading.setattr(parts, "decode_and_store", None)
        assert code_of(send(api, upload, 0, content)) == (429, "quota_exceeded")
    Plan.objects.update(unused_photos=9)
    assert send(api, upload, 0, content).status_code == 204


def test_a_photo_has_not_too_many_parts(api, monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    upload = begin(api, 100).json()["id"]
    codes = [send(api, upload, at, b"a").status_code for at in range(3)]
    assert (codes, len(stored())) == ([204, 204, 400], 2)


@pytest.mark.parametrize("path", [WHERE, f"{WHERE}/00000000-0000-0000-0000-000000000000"])
def test_options_says_what_is_supported(api, path):
    answer = api.options(path)
    assert (answer.status_code, answer["Tus-Version"]) == (204, "1.0.0")
    assert answer["Tus-Extension"].split(",") == ["creation", "termination", "expiration", "checksum"]
    assert answer["Tus-Checksum-Algorithm"].split(",") == ["sha1", "sha256"]


def test_a_repeated_beginning_begins_one(api):
    first, again = (begin(api, 100, **{"Idempotency-Key": "begin"}) for _ in range(2))
    assert (first["Location"], again["Idempotency-Replayed"]) == (again["Location"], "true")
    assert PartialUpload.objects.count() == 1
