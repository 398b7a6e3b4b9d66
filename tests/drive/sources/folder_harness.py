"""A directory as the conformance suite uses it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from drive.sources.folder import FolderSource


class FolderHarness:
    """`now` is the clock of the source; the files have that of the machine, which need not agree."""

    has_ids = False
    can_be_half = True
    folders_vanish = True
    refused_names: frozenset[str] = frozenset()

    def __init__(self, tmp_path: Path, now: float = 1_000_000_000.0) -> None:
        self.root = tmp_path / "root"
        self.folder = "inbox"
        self.now = now
        self.source = FolderSource(self.root, clock=lambda: self.now)
        self.path = self.root / self.folder
        self.path.mkdir(parents=True)
        (self.root / "other").mkdir()

    def put(self, name: str, content: bytes, folder: str | None = None) -> None:
        path = self.root / (self.folder if folder is None else folder) / name
        assert not path.exists()
        path.write_bytes(content)

    def begin(self, name: str, content: bytes) -> Callable[[bytes], None]:
        file = (self.path / name).open("wb", buffering=0)
        file.write(content)

        def end(rest: bytes) -> None:
            file.write(rest)
            file.close()

        return end

    def rename(self, name: str, new: str) -> None:
        (self.path / name).rename(self.path / new)

    def overwrite(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)

    def delete(self, name: str) -> None:
        (self.path / name).unlink()

    def make_folder(self, name: str, parent: str | None = None) -> str:
        path = (self.root / parent if parent else self.root) / name
        path.mkdir()
        return path.relative_to(self.root).as_posix()

    def remove_folder(self) -> None:
        shutil.rmtree(self.path)

    def contents(self) -> list[tuple[str, bytes]]:
        return sorted((path.name, path.read_bytes()) for path in self.path.iterdir())

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
