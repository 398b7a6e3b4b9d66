"""What the conformance suite needs of a place besides the source that looks at it: another program that uses it too.

A source joins by one class that fits `Harness`, and by its name in `conftest.PLACES`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from drive.sources.base import Source, SourceFile


class Harness(Protocol):
    """A place of files in which `folder` is an empty folder, and how somebody else uses it."""

    source: Source
    folder: str
    has_ids: bool
    """Whether a renamed file stays the same file, and two files may have one name."""
    can_be_half: bool
    """Whether others see a file before it is whole."""
    folders_vanish: bool
    """Whether a folder can be gone."""
    refused_names: frozenset[str]
    """Those of `ODD_NAMES` that no file can have there, by what is odd in them."""

    def put(self, name: str, content: bytes, folder: str | None = None) -> None:
        """A new file, at once; `folder` is ours if None."""

    def begin(self, name: str, content: bytes) -> Callable[[bytes], None]:
        """Writes the first part of a file. What is returned writes the rest, and ends it."""

    def rename(self, name: str, new: str) -> None: ...

    def overwrite(self, name: str, content: bytes) -> None: ...

    def delete(self, name: str) -> None: ...

    def make_folder(self, name: str, parent: str | None = None) -> str:
        """A folder in `parent`, or beside ours. Returns its id."""

    def remove_folder(self) -> None:
        """Our folder, with all that is in it."""

    def contents(self) -> list[tuple[str, bytes]]:
        """Names and contents of all that is in our folder, in order."""

    def pass_time(self, seconds: float) -> None:
        """For sources whose files become whole after a while."""


def find(harness: Harness, cursor: str | None = None) -> tuple[list[SourceFile], str]:
    """Looks until nothing is left to wait for. Returns every file as often as it was found, and the last cursor."""
    files: list[SourceFile] = []
    for _ in range(50):
        look = harness.source.look([harness.folder], cursor)
        assert not look.gone
        files += look.files
        cursor = look.cursor
        if look.settling_s is not None:
            harness.pass_time(look.settling_s)
        elif not look.more:
            return files, cursor
    raise AssertionError("the looks never end")


def find_one(harness: Harness) -> SourceFile:
    """The only file there is."""
    files, _ = find(harness)
    assert len({file.id for file in files}) == 1
    return files[0]


def read(harness: Harness, file: SourceFile, tmp_path: Path) -> bytes:
    into = tmp_path / "read"
    harness.source.read(file, into, most_bytes=file.size)
    return into.read_bytes()


def given(tmp_path: Path, content: bytes) -> Path:
    """A file of ours with that content, to be written."""
    path = tmp_path / "given"
    path.write_bytes(content)
    return path
