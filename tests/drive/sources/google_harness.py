"""The fake Google as the conformance suite uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drive.google_fake.files import File
from drive.google_fake.world import FOLDER
from drive.sources.google.source import GoogleSource
from tests.drive.sources.google.conftest import ANN, Place


@dataclass
class GoogleHarness:
    """Another program of Ann's beside the source that looks at her Drive."""

    place: Place
    has_ids = True
    can_be_half = False
    folders_vanish = True
    refused_names: frozenset[str] = frozenset()

    @property
    def source(self) -> GoogleSource:
        return self.place.source

    @property
    def folder(self) -> str:
        return self.place.folder

    def put(self, name: str, content: bytes, folder: str | None = None) -> None:
        self.place.world.put(ANN, name, parent=folder or self.folder, content=content)

    def begin(self, name: str, content: bytes) -> Callable[[bytes], None]:
        raise NotImplementedError

    def rename(self, name: str, new: str) -> None:
        self.place.world.change(self._named(name).id, name=new)

    def overwrite(self, name: str, content: bytes) -> None:
        self.place.world.write(self._named(name).id, content)

    def delete(self, name: str) -> None:
        self.place.world.remove(self._named(name).id)

    def make_folder(self, name: str, parent: str | None = None) -> str:
        return self.place.world.put(ANN, name, parent=parent or "root", mime_type=FOLDER).id

    def remove_folder(self) -> None:
        for file in self._inside():
            self.place.world.remove(file.id)
        self.place.world.remove(self.folder)

    def contents(self) -> list[tuple[str, bytes]]:
        return sorted((file.name, file.content or b"") for file in self._inside())

    def pass_time(self, seconds: float) -> None:
        self.place.world.advance(seconds)

    def _inside(self) -> list[File]:
        return [file for file in self.place.world.files.values() if self.folder in file.parents]

    def _named(self, name: str) -> File:
        (file,) = (file for file in self._inside() if file.name == name)
        return file
