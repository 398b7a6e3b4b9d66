"""The folder source: many files cost as little as the interface says, and bounded memory."""

from __future__ import annotations

import json
import os

import pytest

from drive.sources.folder import looking
from tests.drive.sources.folder_harness import FolderHarness
from tests.drive.sources.harness import find


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files that were asked for their size and times."""
    names: list[str] = []
    stat = os.stat

    def counting(path: str, **how: object) -> os.stat_result:
        names.append(path)
        return stat(path, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(looking.os, "stat", counting)
    return names


def _settled(folder: FolderHarness) -> str:
    _, cursor = find(folder)
    for _ in range(2):
        folder.now += looking.OVERLAP_S
        _, cursor = find(folder, cursor)
    return cursor


def test_files_of_a_folder_that_stays_are_not_asked_for(folder: FolderHarness, asked: list[str]) -> None:
    for number in range(50):
        folder.put(f"{number}.jpg", b"sea")
    cursor = _settled(folder)
    asked.clear()
    assert find(folder, cursor)[0] == []
    assert asked == []


def test_only_a_file_that_waits_is_asked_for(folder: FolderHarness, asked: list[str]) -> None:
    for number in range(50):
        folder.put(f"{number}.jpg", b"sea")
    folder.put("empty.jpg", b"")
    cursor = _settled(folder)
    asked.clear()
    assert find(folder, cursor)[0] == []
    assert asked == ["empty.jpg"]


def test_a_burst_is_found_in_several_looks(folder: FolderHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_FOUND", 10)
    monkeypatch.setattr(looking, "MOST_WAITING", 30)
    names = {f"{number}.jpg" for number in range(100)}
    for name in names:
        folder.put(name, b"sea")
    cursor, found, looks = None, set(), 0
    while found != names:
        look = folder.source.look([folder.folder], cursor)
        assert len(look.files) <= 10
        assert len(json.loads(look.cursor)["folders"]["inbox"]["waiting"]) <= 30
        assert look.more or look.settling_s is not None or len(found) + len(look.files) == 100
        found |= {file.name for file in look.files}
        folder.now += look.settling_s or 0
        cursor, looks = look.cursor, looks + 1
        assert looks < 40


def test_a_burst_takes_none_of_the_looks_of_another_folder(
    folder: FolderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_FOUND", 10)
    for number in range(30):
        folder.put(f"{number}.jpg", b"sea")
    folder.put("z.jpg", b"sky", "other")
    cursor = folder.source.look(["inbox", "other"], None).cursor
    folder.now += 2
    look = folder.source.look(["inbox", "other"], cursor)
    assert "z.jpg" in {file.name for file in look.files}
    assert look.more


def test_empty_files_do_not_fill_the_cursor(folder: FolderHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_WAITING", 10)
    monkeypatch.setattr(looking, "MOST_EMPTY", 5)
    for number in range(30):
        folder.put(f"{number:02}.jpg", b"")
    folder.put("z.jpg", b"sea")
    cursor, found = None, []
    for _ in range(10):
        look = folder.source.look([folder.folder], cursor)
        found += look.files
        cursor = look.cursor
        folder.now += looking.OVERLAP_S
    assert {file.name for file in found} == {"z.jpg"}
    assert len(json.loads(look.cursor)["folders"]["inbox"]["waiting"]) <= 10


def test_a_change_finds_no_file_again_that_came_just_before_the_folder_rested(folder: FolderHarness) -> None:
    for number in range(50):
        folder.put(f"{number}.jpg", b"sea")
    cursor = _settled(folder)
    assert len(cursor) < 500
    folder.put("new.jpg", b"sky")
    found = {file.name for file in find(folder, cursor)[0]}
    # The last one's content came after its entry, so it looks as if it had changed since.
    assert {"new.jpg"} <= found <= {"new.jpg", "49.jpg"}
