"""Every source: a file is read as it was found, or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from drive.sources.base import Changed, TooLarge, Vanished
from tests.drive.sources.harness import Harness, find_one, read


def test_a_file_is_read_whole(harness: Harness, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    harness.put("a.jpg", content)
    assert read(harness, find_one(harness), tmp_path) == content


def test_a_file_is_read_up_to_the_bound(harness: Harness, tmp_path: Path) -> None:
    harness.put("a.jpg", b"sea")
    file = find_one(harness)
    with pytest.raises(TooLarge) as refused:
        harness.source.read(file, tmp_path / "read", most_bytes=2)
    assert refused.value.size == 3
    harness.source.read(file, tmp_path / "read", most_bytes=3)
    assert (tmp_path / "read").read_bytes() == b"sea"


def test_a_file_that_was_deleted_has_vanished(harness: Harness, tmp_path: Path) -> None:
    harness.put("a.jpg", b"sea")
    file = find_one(harness)
    harness.delete("a.jpg")
    with pytest.raises(Vanished):
        read(harness, file, tmp_path)


def test_a_file_whose_folder_was_deleted_has_vanished(harness: Harness, tmp_path: Path) -> None:
    harness.make_folder("beside")
    harness.put("a.jpg", b"sea")
    file = find_one(harness)
    harness.remove_folder()
    with pytest.raises(Vanished):
        read(harness, file, tmp_path)


@pytest.mark.parametrize("content", [b"sky", b"sea and sky", b"s"], ids=["same size", "larger", "smaller"])
def test_a_file_that_was_overwritten_has_changed(harness: Harness, tmp_path: Path, content: bytes) -> None:
    harness.put("a.jpg", b"sea")
    file = find_one(harness)
    harness.overwrite("a.jpg", content)
    with pytest.raises(Changed):
        harness.source.read(file, tmp_path / "read", most_bytes=100)
