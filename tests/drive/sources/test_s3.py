"""The S3 source: answers that the server of the tests never gives, and listings of several pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from drive.sources import s3
from drive.sources.base import (
    AccessLost,
    Away,
    Changed,
    FolderGone,
    Full,
    NameRefused,
    NameTaken,
    SourceError,
    SourceFile,
    Vanished,
)
from drive.sources.s3 import S3Source
from tests.drive.sources.harness import given

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FILE = SourceFile("p/inbox/a.jpg", "p/inbox/", "a.jpg", 3, '"e" 2026-05-04T12:00:00+00:00')


@pytest.fixture
def source() -> S3Source:
    client = boto3.client("s3", aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    return S3Source(client, "bucket", "p/")


@pytest.fixture
def answers(source: S3Source) -> Iterator[Stubber]:
    with Stubber(source.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def _object(name: str, at: datetime, size: int = 3) -> dict[str, Any]:
    return {"Key": f"p/inbox/{name}", "ETag": '"e"', "LastModified": at, "Size": size}


def _listing(answers: Stubber, *objects: dict[str, Any]) -> None:
    answers.add_response("list_objects_v2", {"Contents": list(objects), "IsTruncated": False})


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("SlowDown", 503, Away),
        ("InternalError", 500, Away),
        ("503", 503, Away),
        ("NoSuchBucket", 404, AccessLost),
        ("InvalidAccessKeyId", 403, AccessLost),
        ("SignatureDoesNotMatch", 403, AccessLost),
        ("AccessDenied", 403, FolderGone),
        ("QuotaExceeded", 403, Full),
        ("KeyTooLongError", 400, NameRefused),
    ],
)
def test_what_an_answer_to_a_write_means(
    source: S3Source, answers: Stubber, tmp_path: Path, code: str, status: int, says: type[SourceError]
) -> None:
    answers.add_client_error("head_object", "404", http_status_code=404)
    answers.add_client_error("put_object", code, http_status_code=status)
    with pytest.raises(says):
        source.write("p/inbox/", "a.png", given(tmp_path, b"sea"), mime="", reserved="")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("PreconditionFailed", Changed),
        ("NoSuchKey", Vanished),
        ("NoSuchBucket", AccessLost),
        ("AccessDenied", AccessLost),
        ("SlowDown", Away),
    ],
)
def test_what_an_answer_to_a_read_means(
    source: S3Source, answers: Stubber, tmp_path: Path, code: str, says: type[SourceError]
) -> None:
    wanted = {"Bucket": "bucket", "Key": FILE.id, "IfMatch": '"e"'}
    answers.add_client_error("get_object", code, expected_params=wanted)
    with pytest.raises(says):
        source.read(FILE, tmp_path / "read", most_bytes=3)


def test_a_folder_that_may_not_be_listed_is_gone(source: S3Source, answers: Stubber) -> None:
    answers.add_client_error("list_objects_v2", "AccessDenied", http_status_code=403)
    assert list(source.look(["p/inbox/"], None).gone) == ["p/inbox/"]


def test_a_server_that_does_not_answer_is_away(source: S3Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**how: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://s3")

    monkeypatch.setattr(source.client, "get_object", fail)
    with pytest.raises(Away):
        source.read(FILE, Path("nowhere"), most_bytes=3)


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_name_that_is_taken_meanwhile_is_compared(
    source: S3Source,
    answers: Stubber,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    is_ours: bool,
) -> None:
    put: list[dict[str, Any]] = []
    answers.add_client_error("head_object", "404", http_status_code=404)
    answers.add_client_error("put_object", code, http_status_code=412)
    real = source.client.put_object

    def putting(**how: Any) -> Any:
        put.append(how)
        metadata = how["Metadata"] if is_ours else {}
        answers.add_response("head_object", {"Metadata": metadata})
        return real(**how)

    monkeypatch.setattr(source.client, "put_object", putting)
    content = given(tmp_path, b"sea")
    if is_ours:
        assert source.write("p/inbox/", "a.png", content, mime="", reserved="").id == "p/inbox/a.png"
    else:
        with pytest.raises(NameTaken):
            source.write("p/inbox/", "a.png", content, mime="", reserved="")
    assert put[0]["IfNoneMatch"] == "*"


def test_a_look_finds_what_it_did_not_find_before(source: S3Source, answers: Stubber) -> None:
    old = _object("old.jpg", NOW)
    _listing(answers, old)
    first = source.look(["p/inbox/"], None)
    _listing(answers, old, _object("new.jpg", NOW + timedelta(seconds=1)))
    second = source.look(["p/inbox/"], first.cursor)
    assert [[file.name for file in look.files] for look in (first, second)] == [["old.jpg"], ["new.jpg"]]


def test_an_object_that_appears_late_is_found(source: S3Source, answers: Stubber) -> None:
    """The upload of a large one began before the newest that the last look saw."""
    _listing(answers, _object("new.jpg", NOW))
    cursor = source.look(["p/inbox/"], None).cursor
    late = [
        _object("late.jpg", NOW - s3.OVERLAP),
        _object("later.jpg", NOW - s3.OVERLAP - timedelta(seconds=1)),
    ]
    _listing(answers, *late, _object("new.jpg", NOW))
    assert [file.name for file in source.look(["p/inbox/"], cursor).files] == ["late.jpg"]
    _listing(answers, *late, _object("new.jpg", NOW))
    assert len(source.look(["p/inbox/"], None).files) == 3


def test_many_objects_are_found_in_several_looks(
    source: S3Source, answers: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "MOST_FOUND", 2)
    objects = [_object(f"{number}.jpg", NOW - timedelta(days=number)) for number in range(5)]
    cursor, found = None, []
    for begin in (0, 2, 4):
        _listing(answers, *objects[begin:])
        look = source.look(["p/inbox/"], cursor)
        found += [file.name for file in look.files]
        assert look.more is (begin < 4)
        cursor = look.cursor
    assert found == [f"{number}.jpg" for number in range(5)]


def test_empty_objects_and_those_that_stand_for_folders_are_left_out(
    source: S3Source, answers: Stubber
) -> None:
    _listing(answers, _object("", NOW, 0), _object("empty.jpg", NOW, 0), _object("a.jpg", NOW))
    assert [file.name for file in source.look(["p/inbox/"], None).files] == ["a.jpg"]


@pytest.mark.parametrize("folder", ["", "q/", "p/inbox", "p"])
def test_nothing_outside_the_prefix_is_used(source: S3Source, tmp_path: Path, folder: str) -> None:
    assert list(source.look([folder], None).gone) == [folder]
    with pytest.raises(FolderGone):
        source.write(folder, "a.png", given(tmp_path, b"sea"), mime="", reserved="")
    with pytest.raises(FolderGone):
        source.folder(folder)


@pytest.mark.parametrize("name", ["", "a/b.png", "\ud800.png", "x" * 1024])
def test_a_name_that_no_object_can_have_is_refused(source: S3Source, tmp_path: Path, name: str) -> None:
    with pytest.raises(NameRefused):
        source.write("p/inbox/", name, given(tmp_path, b"sea"), mime="", reserved="")


def test_an_object_outside_the_prefix_is_not_read(source: S3Source, tmp_path: Path) -> None:
    file = SourceFile("q/a.jpg", "p/inbox/", "a.jpg", 3, FILE.version)
    with pytest.raises(Vanished):
        source.read(file, tmp_path / "read", most_bytes=3)
