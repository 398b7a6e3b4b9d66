"""A source in memory that fails as it is told: for what a real source does only by chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from drive.sources.base import (
    Changed,
    Folder,
    FolderGone,
    Look,
    NameTaken,
    SourceFile,
    TooLarge,
    Vanished,
    Written,
)


@dataclass
class Memory:
    """Folders of files by name. `fail[call]`: what the next calls raise, before the work or, with `after`, behind it."""

    with_ids: bool = True
    folders_there: set[str] = field(default_factory=lambda: {"in", "out"})
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    fail: dict[str, list[Exception]] = field(default_factory=dict)
    fail_after: dict[str, list[Exception]] = field(default_factory=dict)
    ids: int = 0
    calls: list[str] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    settling_s: float | None = None

    def put(self, name: str, content: bytes, folder: str = "in", file_id: str = "") -> str:
        """A file of a person; returns its id."""
        self.ids += 1
        file_id = file_id or f"file-{self.ids}"
        self.files[file_id] = (folder, name, content)
        return file_id

    def names(self, folder: str = "out") -> list[str]:
        return sorted(name for there, name, _ in self.files.values() if there == folder)

    def content(self, name: str, folder: str = "out") -> bytes:
        [found] = [data for there, named, data in self.files.values() if (there, named) == (folder, name)]
        return found

    @contextmanager
    def open(self, _connection):
        yield self

    @contextmanager
    def _call(self, name: str):
        self.calls.append(name)
        if self.fail.get(name):
            raise self.fail[name].pop(0)
        yield
        if self.fail_after.get(name):
            raise self.fail_after[name].pop(0)

    def look(self, folders: Collection[str], cursor: str | None) -> Look:
        self.cursors.append(cursor)
        with self._call("look"):
            found = [
                SourceFile(file_id, folder, name, len(data), sha256(data).hexdigest())
                for file_id, (folder, name, data) in self.files.items()
                if folder in folders and folder in self.folders_there
            ]
            gone = [each for each in folders if each not in self.folders_there]
            return Look(found, "0", gone=gone, settling_s=self.settling_s)

    def read(self, file: SourceFile, into: Path, *, most_bytes: int) -> None:
        with self._call("read"):
            if file.id not in self.files:
                raise Vanished(file.id)
            data = self.files[file.id][2]
            if sha256(data).hexdigest() != file.version:
                raise Changed(file.id)
            if len(data) > most_bytes:
                raise TooLarge(len(data))
            into.write_bytes(data)

    def reserve(self) -> str:
        self.ids += 1
        return f"reserved-{self.ids}" if self.with_ids else ""

    def write(self, folder: str, name: str, content: Path, *, mime: str, reserved: str) -> Written:
        with self._call("write"):
            if folder not in self.folders_there:
                raise FolderGone(folder)
            data = content.read_bytes()
            if reserved and reserved in self.files:
                return Written(reserved, self.files[reserved][1])
            for file_id, (there, named, present) in self.files.items():
                if (there, named) == (folder, name):
                    if not reserved and present == data:
                        return Written(file_id, name)
                    raise NameTaken(name)
            file_id = reserved or f"{folder}/{name}"
            self.files[file_id] = (folder, name, data)
            return Written(file_id, name)

    def folders(self, parent: str | None) -> Sequence[Folder]:
        return [Folder(each, each, parent) for each in sorted(self.folders_there)]

    def folder(self, folder: str) -> Folder:
        if folder not in self.folders_there:
            raise FolderGone(folder)
        return Folder(folder, folder)
