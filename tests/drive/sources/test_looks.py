"""Every source: what a look finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drive.sources.harness import Harness, find, find_one, read
from tests.drive.sources.odd_names import ODD_NAMES, name_there


def _names(harness: Harness, cursor: str | None = None) -> set[str]:
    return {file.name for file in find(harness, cursor)[0]}


def test_a_file_is_found_with_its_size_and_folder(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    file = find_one(harness)
    assert (file.name, file.size, file.folder) == ("a.jpg", 3, harness.folder)


def test_an_empty_folder_has_no_files(harness: Harness) -> None:
    assert find(harness)[0] == []


def test_a_file_is_not_found_before_it_is_whole(harness: Harness, tmp_path: Path) -> None:
    if not harness.can_be_half:
        pytest.skip("nobody sees half a file here")
    end = harness.begin("a.jpg", b"half")
    look = harness.source.look([harness.folder], None)
    assert list(look.files) == []
    assert look.settling_s
    harness.pass_time(look.settling_s)
    end(b" a sea")
    look = harness.source.look([harness.folder], look.cursor)
    assert list(look.files) == []
    files, _ = find(harness, look.cursor)
    assert {read(harness, file, tmp_path) for file in files} == {b"half a sea"}


def test_a_file_that_comes_later_is_found_from_the_cursor(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    _, cursor = find(harness)
    harness.put("b.jpg", b"sky")
    assert "b.jpg" in _names(harness, cursor)


def test_without_a_cursor_all_files_are_found(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    find(harness)
    harness.put("b.jpg", b"sky")
    assert _names(harness) == {"a.jpg", "b.jpg"}


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", "[]", "null", '{"version": 1, "folders": 7}'])
def test_a_cursor_that_is_none_works_as_none(harness: Harness, cursor: str) -> None:
    harness.put("a.jpg", b"sea")
    assert _names(harness, cursor) == {"a.jpg"}


def test_a_renamed_file_is_another_one_only_where_there_are_no_ids(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    before, cursor = find(harness)
    harness.rename("a.jpg", "b.jpg")
    after, _ = find(harness, cursor)
    if harness.has_ids:
        assert {(file.id, file.version) for file in after} <= {(file.id, file.version) for file in before}
    else:
        assert {file.name for file in after} == {"b.jpg"}
    assert _names(harness) == {"b.jpg"}


def test_a_file_that_is_overwritten_has_another_version(harness: Harness, tmp_path: Path) -> None:
    harness.put("a.jpg", b"sea")
    before = find_one(harness)
    harness.overwrite("a.jpg", b"sky")
    after = find_one(harness)
    assert after.id == before.id
    assert after.version != before.version
    assert read(harness, after, tmp_path) == b"sky"


def test_the_same_file_has_the_same_version_in_every_look(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    assert find_one(harness) == find_one(harness)


@pytest.mark.parametrize("odd", ODD_NAMES)
def test_odd_names_are_found_and_read(harness: Harness, tmp_path: Path, odd: str) -> None:
    name = name_there(harness, odd)
    harness.put(name, b"sea")
    file = find_one(harness)
    assert file.name == name
    assert read(harness, file, tmp_path) == b"sea"


def test_names_that_differ_in_case_are_two_files(harness: Harness, tmp_path: Path) -> None:
    harness.put("Sea.jpg", b"1")
    harness.put("sea.JPG", b"2")
    files, _ = find(harness)
    assert {(file.name, read(harness, file, tmp_path)) for file in files} == {
        ("Sea.jpg", b"1"),
        ("sea.JPG", b"2"),
    }
    assert len({file.id for file in files}) == 2


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.jpg",
        "._a.jpg",
        ".~lock.a.jpg#",
        ".a.jpg.Xy12Zq",
        ".syncthing.a.jpg.tmp",
        "~$a.jpg",
        "~syncthing~a.jpg.tmp",
        "a.jpg~",
        "a.jpg.part",
        "a.jpg.PART",
        "a.jpg.crdownload",
        "a.jpg.tmp",
        "a.jpg.download",
        "Thumbs.db",
        "desktop.ini",
    ],
)
def test_hidden_and_temporary_names_are_left_out(harness: Harness, name: str) -> None:
    harness.put(name, b"sea")
    harness.put("a.jpg", b"sea")
    assert _names(harness) == {"a.jpg"}


def test_a_file_that_gets_its_last_name_is_found(harness: Harness) -> None:
    harness.put("a.jpg.part", b"sea")
    _, cursor = find(harness)
    harness.rename("a.jpg.part", "a.jpg")
    assert _names(harness, cursor) == {"a.jpg"}


def test_files_of_other_folders_are_not_found(harness: Harness) -> None:
    harness.put("beside.jpg", b"1", harness.make_folder("beside"))
    harness.put("below.jpg", b"2", harness.make_folder("below", harness.folder))
    harness.put("a.jpg", b"3")
    assert _names(harness) == {"a.jpg"}


def test_several_folders_are_looked_at_together(harness: Harness) -> None:
    beside = harness.make_folder("beside")
    harness.put("a.jpg", b"1")
    harness.put("a.jpg", b"2", beside)
    first = harness.source.look([harness.folder, beside], None)
    harness.pass_time(first.settling_s or 0)
    second = harness.source.look([harness.folder, beside], first.cursor)
    assert {file.folder for file in (*first.files, *second.files)} == {harness.folder, beside}


def test_a_folder_that_is_watched_later_is_looked_at_from_the_beginning(harness: Harness) -> None:
    _, cursor = find(harness)
    beside = harness.make_folder("beside")
    harness.put("a.jpg", b"1", beside)
    first = harness.source.look([harness.folder, beside], cursor)
    harness.pass_time(first.settling_s or 0)
    second = harness.source.look([harness.folder, beside], first.cursor)
    assert {file.folder for file in (*first.files, *second.files)} == {beside}


def test_a_folder_that_is_gone_is_named_and_the_others_are_looked_at(harness: Harness) -> None:
    if not harness.folders_vanish:
        pytest.skip("a folder is never gone there")
    beside = harness.make_folder("beside")
    harness.put("a.jpg", b"1", beside)
    _, cursor = find(harness)
    harness.remove_folder()
    first = harness.source.look([harness.folder, beside], cursor)
    harness.pass_time(first.settling_s or 0)
    second = harness.source.look([harness.folder, beside], first.cursor)
    assert list(first.gone) == list(second.gone) == [harness.folder]
    assert {file.folder for file in (*first.files, *second.files)} == {beside}
