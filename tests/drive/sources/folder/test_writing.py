"""The folder source: places that are full, slow, without links, or where another writer comes first."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drive.sources.base import Away, FolderGone, Full, NameRefused, NameTaken, SourceError, Written
from drive.sources.folder import reading, writing
from tests.drive.sources.folder_harness import FolderHarness
from tests.drive.sources.harness import find_one, given, read


def _write(folder: FolderHarness, tmp_path: Path, name: str = "a.png", content: bytes = b"sea") -> Written:
    return folder.source.write("inbox", name, given(tmp_path, content), mime="", reserved="")


def _failing(number: int) -> Callable[..., Any]:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.fixture(params=["links", "no links"])
def _with_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "no links":
        monkeypatch.setattr(writing.os, "link", _failing(errno.EPERM))


pytestmark = pytest.mark.usefixtures("_with_links")


def test_a_file_is_written_once_and_no_other_is_left(folder: FolderHarness, tmp_path: Path) -> None:
    assert _write(folder, tmp_path) == _write(folder, tmp_path)
    assert folder.contents() == [("a.png", b"sea")]


def test_another_file_of_that_name_is_left(folder: FolderHarness, tmp_path: Path) -> None:
    folder.put("a.png", b"sky")
    with pytest.raises(NameTaken):
        _write(folder, tmp_path)
    assert folder.contents() == [("a.png", b"sky")]


@pytest.mark.parametrize("content", [b"sea", b"sky"])
def test_another_writer_comes_first(
    folder: FolderHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """Between the moment we see that the name is free and the moment we take it."""
    give_name = writing._give_name

    def late(fd: int, hidden: str, name: str) -> None:
        folder.put("a.png", content)
        give_name(fd, hidden, name)

    monkeypatch.setattr(writing, "_give_name", late)
    if content == b"sea":
        _write(folder, tmp_path)
    else:
        with pytest.raises(NameTaken):
            _write(folder, tmp_path)
    assert folder.contents() == [("a.png", content)]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, Full),
        (errno.EDQUOT, Full),
        (errno.EIO, Away),
        (errno.ESTALE, Away),
        (errno.ETIMEDOUT, Away),
        (errno.EACCES, FolderGone),
        (errno.EROFS, FolderGone),
        (errno.ENAMETOOLONG, NameRefused),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "open"])
def test_an_error_leaves_nothing_behind(
    folder: FolderHarness,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    says: type[SourceError],
    call: str,
) -> None:
    real = os.open

    def failing(path: object, flags: int, *args: object, **kwargs: object) -> object:
        if flags & os.O_CREAT:
            raise OSError(number, os.strerror(number))
        return real(path, flags, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(writing.os, call, failing if call == "open" else _failing(number))
    with pytest.raises(says):
        _write(folder, tmp_path)
    monkeypatch.undo()
    assert folder.contents() == []


def test_a_reader_of_the_folder_sees_no_half_file(
    folder: FolderHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    fsync = os.fsync

    def looking(fd: int) -> None:
        seen.append([name for name, content in folder.contents() if not name.startswith(".")])
        fsync(fd)

    monkeypatch.setattr(writing.os, "fsync", looking)
    _write(folder, tmp_path)
    assert seen[0] == []
    assert seen[-1] == ["a.png"]


def test_what_a_killed_writer_left_is_removed_when_it_is_old(folder: FolderHarness, tmp_path: Path) -> None:
    young, old, other = (
        ".creator-0123456789abcdef.part",
        ".creator-fedcba9876543210.part",
        ".creator-theirs.part",
    )
    for name in (young, old, other):
        folder.put(name, b"se")
    for name in (old, other):
        os.utime(folder.path / name, (1_000_000_000, 1_000_000_000))
    _write(folder, tmp_path)
    assert {name for name, _ in folder.contents()} == {young, other, "a.png"}


@pytest.mark.parametrize("name", ["", ".", "..", "../a.png", "a/b.png", "a\0.png", "\ud800.png", "x" * 256])
def test_a_name_that_a_file_cannot_have_is_refused(folder: FolderHarness, tmp_path: Path, name: str) -> None:
    with pytest.raises(NameRefused):
        _write(folder, tmp_path, name)
    assert folder.contents() == []
    assert sorted(path.name for path in folder.root.iterdir()) == ["inbox", "other"]


def test_a_file_that_grows_while_it_is_read_has_changed(
    folder: FolderHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from drive.sources.base import Changed

    folder.put("a.jpg", b"sea")
    file = find_one(folder)
    chunks_of = reading.chunks_of

    def growing(source: int) -> Any:
        for chunk in chunks_of(source):
            yield chunk
            with (folder.path / "a.jpg").open("ab") as more:
                more.write(b"!")

    monkeypatch.setattr(reading, "chunks_of", growing)
    with pytest.raises(Changed):
        read(folder, file, tmp_path)


def test_a_share_that_fails_while_it_is_read_is_away(
    folder: FolderHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("a.jpg", b"sea")
    file = find_one(folder)
    monkeypatch.setattr(reading.os, "read", _failing(errno.EIO))
    with pytest.raises(Away):
        folder.source.read(file, tmp_path / "read", most_bytes=3)
