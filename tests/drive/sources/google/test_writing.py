"""Results are written to Google Drive whole, once, and beside what is there."""

from pathlib import Path

import pytest

from drive.google_fake.faults import NO_ANSWER, Fault
from drive.sources.base import Away, FolderGone, Full, NameTaken, Written
from drive.sources.google import writing
from tests.drive.sources.google.conftest import ANN, Place

UPLOAD = "/upload/drive/v3/files"


def _write(place: Place, content: Path, name: str = "out.png", reserved: str = "") -> Written:
    reserved = reserved or place.source.reserve()
    return place.source.write(place.folder, name, content, mime="image/png", reserved=reserved)


def _made(place: Place) -> list[tuple[str, bytes | None]]:
    return [(file.name, file.content) for file in place.world.files.values() if place.folder in file.parents]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    (tmp_path / "content").write_bytes(b"p" * 600_000)
    return tmp_path / "content"


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", 256 * 1024)


def test_a_file_arrives_in_parts_with_our_mark(place: Place, content: Path) -> None:
    reserved = place.source.reserve()
    assert _write(place, content, "it's.png", reserved) == Written(reserved, "it's.png")
    made = place.world.files[reserved]
    assert (made.name, made.content, made.mime_type) == ("it's.png", content.read_bytes(), "image/png")
    assert made.app_properties == {"creator": "result"}


def test_what_was_written_is_found_under_the_same_id(place: Place, content: Path) -> None:
    written = _write(place, content)
    assert [file.id for file in place.source.look([place.folder], None).files] == [written.id]


def test_ids_are_never_the_same(place: Place) -> None:
    assert len({place.source.reserve() for _ in range(25)}) == 25


@pytest.mark.parametrize("status", [500, 503, 429, NO_ANSWER])
@pytest.mark.parametrize("times", [1, 2])
def test_a_broken_upload_goes_on(place: Place, content: Path, status: int, times: int) -> None:
    place.server.faults.add(Fault(status, method="PUT", path=UPLOAD, times=times))
    _write(place, content)
    assert _made(place) == [("out.png", content.read_bytes())]


@pytest.mark.parametrize("status", [500, NO_ANSWER])
def test_an_error_after_the_file_was_made_makes_no_second_one(
    place: Place, content: Path, status: int
) -> None:
    content.write_bytes(b"short")
    reserved = place.source.reserve()
    place.server.faults.add(Fault(status, method="PUT", path=UPLOAD, times=50, is_after=True))
    with pytest.raises(Away):
        _write(place, content, reserved=reserved)
    place.server.faults.clear()
    assert _write(place, content, reserved=reserved) == Written(reserved, "out.png")
    assert _made(place) == [("out.png", b"short")]


def test_a_repeat_finds_the_file_also_when_it_was_renamed_or_deleted(place: Place, content: Path) -> None:
    written = _write(place, content)
    place.world.change(written.id, name="mine.png")
    assert _write(place, content, reserved=written.id) == Written(written.id, "mine.png")
    assert len(_made(place)) == 1


def test_a_session_that_google_forgot_is_begun_again(place: Place, content: Path) -> None:
    begin = place.server.router.uploads.begin
    begun = []

    def forget_the_first(*asked: object) -> object:
        reply = begin(*asked)  # type: ignore[arg-type]
        begun.append(reply)
        if len(begun) == 1:
            place.server.router.uploads.forget()
        return reply

    place.server.router.uploads.begin = forget_the_first  # type: ignore[method-assign, assignment]
    _write(place, content)
    assert (len(begun), _made(place)) == (2, [("out.png", content.read_bytes())])


def test_another_file_of_that_name_stays_as_it_is(place: Place, content: Path) -> None:
    place.put("out.png", b"theirs")
    with pytest.raises(NameTaken):
        _write(place, content)
    assert _made(place) == [("out.png", b"theirs")]


def test_a_file_in_the_bin_has_no_name_to_take(place: Place, content: Path) -> None:
    place.world.change(place.put("out.png", b"theirs"), trashed=True)
    _write(place, content)
    assert len(_made(place)) == 2


def test_a_folder_in_the_bin_or_deleted_is_gone(place: Place, content: Path) -> None:
    place.world.change(place.folder, trashed=True)
    with pytest.raises(FolderGone):
        _write(place, content)
    place.world.remove(place.folder)
    with pytest.raises(FolderGone):
        _write(place, content)


def test_a_folder_that_may_only_be_read_is_gone_for_writing(place: Place, content: Path) -> None:
    drive = place.world.drive("Team", set(), readers=frozenset({ANN}))
    with pytest.raises(FolderGone):
        place.source.write(drive.id, "out.png", content, mime="image/png", reserved=place.source.reserve())


def test_a_full_drive_is_said(place: Place, content: Path) -> None:
    place.world.account(ANN).quota = 1000
    with pytest.raises(Full):
        _write(place, content)
    assert _made(place) == []
