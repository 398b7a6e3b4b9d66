"""The folder source: when a file is whole, with the clocks and times that network mounts have."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from drive.sources.base import Look
from drive.sources.folder import looking
from tests.drive.sources.folder_harness import FolderHarness
from tests.drive.sources.harness import find

DAY = 86_400.0
OLD = 1_000_000_000


def _look(folder: FolderHarness, cursor: str | None, after_s: float = 0) -> Look:
    folder.now += after_s
    return folder.source.look([folder.folder], cursor)


def _names(look: Look) -> list[str]:
    return sorted(file.name for file in look.files)


def _age(path: Path, seconds: float = 0) -> None:
    """Gives the file a time of change long past, as `cp -p` and rsync do at the end."""
    os.utime(path, (OLD - seconds, OLD - seconds))


@pytest.mark.parametrize("skew", [-400 * DAY, -DAY, 0, DAY, 400 * DAY])
def test_a_file_settles_by_our_clock_whatever_the_other_end_has(tmp_path: Path, skew: float) -> None:
    import time

    folder = FolderHarness(tmp_path, now=time.time() + skew)
    cursor = _look(folder, None).cursor
    folder.put("a.jpg", b"sea")
    first = _look(folder, cursor)
    assert (_names(first), first.settling_s) == ([], 2.0)
    second = _look(folder, first.cursor, after_s=1.9)
    assert _names(second) == []
    assert second.settling_s == pytest.approx(0.1)
    assert _names(_look(folder, second.cursor, after_s=0.1)) == ["a.jpg"]


def test_our_clock_may_go_back(folder: FolderHarness) -> None:
    folder.put("a.jpg", b"sea")
    cursor = _look(folder, None).cursor
    look = _look(folder, cursor, after_s=-DAY)
    assert (_names(look), look.settling_s) == ([], 2.0)
    assert _names(_look(folder, look.cursor, after_s=2)) == ["a.jpg"]


def test_a_slow_writer_is_waited_for(folder: FolderHarness) -> None:
    cursor = None
    for part in range(20):
        with (folder.path / "a.jpg").open("ab") as file:
            file.write(b"x" * 10)
        look = _look(folder, cursor, after_s=3)
        assert (_names(look), look.settling_s) == ([], 2.0), part
        cursor = look.cursor
    files, _ = find(folder, cursor)
    assert [file.size for file in files] == [200]


def test_a_writer_within_one_step_of_a_coarse_time_is_seen_by_the_size(folder: FolderHarness) -> None:
    folder.put("a.jpg", b"half")
    _age(folder.path / "a.jpg")
    cursor = _look(folder, None).cursor
    folder.overwrite("a.jpg", b"the whole sea")
    _age(folder.path / "a.jpg")
    look = _look(folder, cursor, after_s=2)
    assert _names(look) == []
    assert [file.size for file in find(folder, look.cursor)[0]] == [13]


def test_a_copy_that_keeps_an_old_time_is_found_from_the_cursor(folder: FolderHarness) -> None:
    _, cursor = find(folder)
    folder.put("a.jpg", b"sea")
    _age(folder.path / "a.jpg")
    assert _names(_look(folder, cursor)) == []
    assert {file.name for file in find(folder, cursor)[0]} == {"a.jpg"}


def test_an_old_file_that_is_moved_in_is_found_from_the_cursor(folder: FolderHarness, tmp_path: Path) -> None:
    old = tmp_path / "old.jpg"
    old.write_bytes(b"sea")
    _age(old)
    _, cursor = find(folder)
    old.rename(folder.path / "a.jpg")
    assert {file.name for file in find(folder, cursor)[0]} == {"a.jpg"}


def test_a_directory_whose_time_is_set_back_is_read_again(folder: FolderHarness) -> None:
    """As rsync does with `-t` after each run."""
    _age(folder.path)
    _, cursor = find(folder)
    folder.put("a.jpg", b"sea")
    _age(folder.path)
    assert {file.name for file in find(folder, cursor)[0]} == {"a.jpg"}


def test_two_changes_within_one_step_of_a_directorys_time_are_both_seen(
    folder: FolderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "stamp_of", lambda fd: [OLD * 10**9, OLD * 10**9])
    folder.put("a.jpg", b"sea")
    first = _look(folder, None)
    folder.put("b.jpg", b"sky")
    assert {file.name for file in find(folder, first.cursor)[0]} == {"a.jpg", "b.jpg"}


def test_content_rewritten_in_place_is_found_without_a_cursor_only(folder: FolderHarness) -> None:
    folder.put("a.jpg", b"sea")
    folder.now += looking.OVERLAP_S
    before, cursor = find(folder)
    for _ in range(2):
        cursor = _look(folder, cursor, after_s=looking.OVERLAP_S).cursor
    folder.overwrite("a.jpg", b"the sky")
    assert find(folder, cursor)[0] == []
    assert {file.version for file in find(folder)[0]} != {file.version for file in before}


def test_an_empty_file_waits_until_it_has_content_and_hurries_nobody(folder: FolderHarness) -> None:
    folder.put("a.jpg", b"")
    cursor = None
    for _ in range(5):
        look = _look(folder, cursor, after_s=looking.OVERLAP_S)
        assert (_names(look), look.settling_s) == ([], None)
        cursor = look.cursor
    folder.overwrite("a.jpg", b"sea")
    assert {file.name for file in find(folder, cursor)[0]} == {"a.jpg"}


def test_old_files_are_found_by_the_first_look(
    folder: FolderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory changed a minute after them, by the same clock. Nobody can set that time in a test."""
    folder.put("a.jpg", b"sea")
    later = [(folder.path.stat().st_ctime_ns + 2 * looking.QUIET_NS)] * 2
    monkeypatch.setattr(looking, "stamp_of", lambda fd: later)
    assert _names(_look(folder, None)) == ["a.jpg"]


def test_a_file_with_an_old_time_that_changed_lately_is_not_found_by_the_first_look(
    folder: FolderHarness,
) -> None:
    folder.put("a.jpg", b"half")
    _age(folder.path / "a.jpg")
    assert _names(_look(folder, None)) == []


def test_a_file_is_found_once_while_its_folder_stays(folder: FolderHarness) -> None:
    folder.put("a.jpg", b"sea")
    files, cursor = find(folder)
    for _ in range(5):
        look = _look(folder, cursor, after_s=2)
        files += look.files
        cursor = look.cursor
    assert [file.name for file in files] == ["a.jpg"]


def test_a_folder_that_went_and_came_back_is_looked_at_from_the_beginning(folder: FolderHarness) -> None:
    folder.put("a.jpg", b"sea")
    _, cursor = find(folder)
    folder.path.rename(folder.root / "away")
    look = _look(folder, cursor)
    assert list(look.gone) == ["inbox"]
    (folder.root / "away").rename(folder.path)
    assert {file.name for file in find(folder, look.cursor)[0]} == {"a.jpg"}


def test_a_directory_by_another_name_is_not_a_link_to_it(folder: FolderHarness) -> None:
    shutil.rmtree(folder.root / "other")
    (folder.root / "other").symlink_to(folder.path)
    folder.put("a.jpg", b"sea")
    assert list(folder.source.look(["other"], None).gone) == ["other"]
