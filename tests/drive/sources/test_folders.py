"""Every source: folders to choose from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drive.sources.base import Folder, FolderGone
from tests.drive.sources.harness import Harness


def _all(harness: Harness, parent: str | None = None, depth: int = 4) -> Iterator[Folder]:
    for folder in harness.source.folders(parent):
        yield folder
        yield from _all(harness, folder.id, depth - 1) if depth else ()


def test_each_folder_is_reached_from_the_beginning(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    below = harness.make_folder("below", harness.folder)
    harness.put("b.jpg", b"sea", below)
    assert {harness.folder, below} <= {folder.id for folder in _all(harness)}


def test_a_folder_by_its_id_is_the_one_that_was_listed(harness: Harness) -> None:
    harness.put("a.jpg", b"sea")
    for folder in _all(harness):
        assert harness.source.folder(folder.id) == folder


def test_folders_are_in_the_order_of_their_names(harness: Harness) -> None:
    for name in ("c", "a", "b"):
        harness.put("x.jpg", b"sea", harness.make_folder(name, harness.folder))
    harness.put("file.jpg", b"sea")
    folders = harness.source.folders(harness.folder)
    assert [folder.name for folder in folders] == ["a", "b", "c"]
    assert {folder.parent for folder in folders} == {harness.folder}


def test_a_folder_that_is_gone_is_not_described(harness: Harness) -> None:
    if not harness.folders_vanish:
        pytest.skip("a folder is never gone there")
    harness.make_folder("beside")
    harness.remove_folder()
    with pytest.raises(FolderGone):
        harness.source.folder(harness.folder)
    with pytest.raises(FolderGone):
        harness.source.folders(harness.folder)
