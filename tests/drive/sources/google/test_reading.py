"""Gets content from Google Drive, and says why it cannot."""

from pathlib import Path

import pytest

from drive.sources.base import Changed, SourceFile, TooLarge, Vanished
from tests.drive.sources.google.conftest import Place


def _found(place: Place) -> SourceFile:
    (file,) = place.source.look([place.folder], None).files
    return file


def test_the_content_arrives_as_it_is(place: Place, tmp_path: Path) -> None:
    place.put("a.png", b"many pixels")
    place.source.read(_found(place), tmp_path / "got", most_bytes=11)
    assert (tmp_path / "got").read_bytes() == b"many pixels"


def test_a_file_of_too_many_bytes_is_not_fetched(place: Place, tmp_path: Path) -> None:
    place.put("a.png", b"many pixels")
    with pytest.raises(TooLarge):
        place.source.read(_found(place), tmp_path / "got", most_bytes=10)
    assert not (tmp_path / "got").exists()


def test_a_file_in_the_bin_or_deleted_has_vanished(place: Place, tmp_path: Path) -> None:
    photo = place.put("a.png")
    file = _found(place)
    place.world.change(photo, trashed=True)
    with pytest.raises(Vanished):
        place.source.read(file, tmp_path / "got", most_bytes=100)
    place.world.remove(photo)
    with pytest.raises(Vanished):
        place.source.read(file, tmp_path / "got", most_bytes=100)


def test_other_content_is_a_change(place: Place, tmp_path: Path) -> None:
    photo = place.put("a.png")
    file = _found(place)
    place.world.files[photo].content = b"others"
    with pytest.raises(Changed):
        place.source.read(file, tmp_path / "got", most_bytes=100)
