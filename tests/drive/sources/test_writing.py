"""Every source: a file is written once, whole, and in nobody's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from drive.sources.base import FolderGone, NameTaken, Written
from tests.drive.sources.harness import Harness, find, given
from tests.drive.sources.odd_names import ODD_NAMES, name_there


def _write(harness: Harness, name: str, content: Path, reserved: str | None = None) -> Written:
    reserved = harness.source.reserve() if reserved is None else reserved
    return harness.source.write(harness.folder, name, content, mime="image/png", reserved=reserved)


def test_a_file_is_written_and_nothing_beside_it(harness: Harness, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    written = _write(harness, "a.png", given(tmp_path, content))
    assert written.name == "a.png"
    assert harness.contents() == [("a.png", content)]


def test_a_look_finds_what_was_written_by_its_id(harness: Harness, tmp_path: Path) -> None:
    written = _write(harness, "a.png", given(tmp_path, b"sea"))
    assert {file.id for file in find(harness)[0]} == {written.id}


def test_a_repeat_writes_nothing_twice(harness: Harness, tmp_path: Path) -> None:
    reserved = harness.source.reserve()
    first = _write(harness, "a.png", given(tmp_path, b"sea"), reserved)
    second = _write(harness, "a.png", given(tmp_path, b"sea"), reserved)
    assert first == second
    assert harness.contents() == [("a.png", b"sea")]


@pytest.mark.parametrize("there", [b"sky", b"", b"se", b"sea and sky"])
def test_another_file_of_that_name_is_left_as_it_is(harness: Harness, tmp_path: Path, there: bytes) -> None:
    harness.put("a.png", there)
    with pytest.raises(NameTaken):
        _write(harness, "a.png", given(tmp_path, b"sea"))
    assert harness.contents() == [("a.png", there)]


@pytest.mark.parametrize("odd", ODD_NAMES)
def test_odd_names_are_written(harness: Harness, tmp_path: Path, odd: str) -> None:
    name = name_there(harness, odd)
    written = _write(harness, name, given(tmp_path, b"sea"))
    assert harness.contents() == [(name, b"sea")]
    assert {file.id for file in find(harness)[0]} == {written.id}


def test_a_folder_that_is_gone_takes_no_file(harness: Harness, tmp_path: Path) -> None:
    if not harness.folders_vanish:
        pytest.skip("a folder is never gone there")
    harness.make_folder("beside")
    harness.remove_folder()
    with pytest.raises(FolderGone) as refused:
        _write(harness, "a.png", given(tmp_path, b"sea"))
    assert refused.value.folder == harness.folder
