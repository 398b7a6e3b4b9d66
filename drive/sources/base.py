"""What every source can do, and how it says that it cannot.

A source is opened for one connection and used by one thread. It knows no rows: what it has to remember between two
looks is in the cursor, which the caller stores and gives back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


class SourceError(Exception):
    """A source cannot do what was asked. The message is for logs and names no token."""


class Away(SourceError):
    """It does not answer, or asks for patience: try again, not before `after_s` seconds have passed."""

    def __init__(self, reason: str, after_s: float = 0) -> None:
        super().__init__(reason)
        self.after_s = after_s


class AccessLost(SourceError):
    """The connection's access was revoked, ended or narrowed: its owner has to connect again."""


class FolderGone(SourceError):
    """The folder was deleted or is in the bin, or the connection may not use it. `folder` is its id."""

    def __init__(self, folder: str, reason: str = "") -> None:
        super().__init__(reason or "the folder is not there")
        self.folder = folder


class Full(SourceError):
    """There is no room for another file."""


class TooLarge(SourceError):
    """The file has more bytes than were asked for. `size` in bytes; None if the source does not say."""

    def __init__(self, size: int | None = None) -> None:
        super().__init__(f"{size} bytes")
        self.size = size


class Vanished(SourceError):
    """The file is no longer there: deleted, moved out of reach, or in the bin."""


class Changed(SourceError):
    """The file is another one than was found: it was written to meanwhile. A later look finds it again."""


class NameTaken(SourceError):
    """A file of this name, with other content, is there already; it was left as it is."""


class NameRefused(SourceError):
    """The place cannot hold a file of this name: it is too long, or has characters that are not allowed there."""


@dataclass(frozen=True)
class SourceFile:
    """A file as a look finds it: whole, and in one of the folders that were asked for.

    `id` and `version` together stand for one content: the same file with other content has another version. A file
    that is renamed keeps its id where the source has ids (Google), and is another file where paths are ids.
    """

    id: str
    folder: str
    name: str
    size: int
    version: str
    sha256: str = ""
    """Of its content, in hexadecimal, if the source knows it without reading the file."""
    mime: str = ""
    """If the source names one."""
    at: datetime | None = None
    """When it came into the folder or was changed last, if the source knows it."""


@dataclass(frozen=True)
class Look:
    """What one look found. `cursor` is where the next one begins; `more`: look again at once."""

    files: Sequence[SourceFile]
    cursor: str = field(repr=False)
    more: bool = False
    gone: Collection[str] = ()
    """Ids of those of the folders that cannot be used any more (`FolderGone`); the others were looked at."""
    settling_s: float | None = None
    """Some files are still being written: look again after so many seconds."""


@dataclass(frozen=True)
class Folder:
    """A folder to choose. `is_readable` False: we may write to it, but do not see the files in it."""

    id: str
    name: str
    parent: str | None = None
    is_readable: bool = True
    is_writable: bool = True


@dataclass(frozen=True)
class Written:
    """A file that we wrote, as a later look would name it."""

    id: str
    name: str


class Source(Protocol):
    """Every method raises `Away` and `AccessLost` besides what it names. Nothing is retried inside for longer than 30 s."""

    def look(self, folders: Collection[str], cursor: str | None) -> Look:
        """Finds files directly in the folders that are new or changed since `cursor`, in no order.

        Without a cursor, all of them (the caller knows most already): so it does from time to time, because wake-ups
        and change lists may miss some. A cursor that the source no longer accepts works as None. Files that are
        still being written, hidden or temporary are left out until they are whole. A file may be found twice.
        """

    def read(self, file: SourceFile, into: Path, *, most_bytes: int) -> None:
        """Writes the file's content to `into`.

        Raises `TooLarge`, `Vanished`, `Changed` if it is no longer the version that was found.
        """

    def reserve(self) -> str:
        """An id for a file to be written, stored by the caller before `write`, so that a repeat writes nothing twice.

        Empty if the source has no such ids: then the name alone is what a repeat is known by.
        """

    def write(self, folder: str, name: str, content: Path, *, mime: str, reserved: str) -> Written:
        """Creates a file, whole or not at all, and never changes one that is there.

        A repeat with the same `reserved` (or, where that is empty, the same name and content) returns the file that
        the first call made. Raises `NameTaken` where another file has that name, `NameRefused`, `FolderGone`, `Full`.
        """

    def folders(self, parent: str | None) -> Sequence[Folder]:
        """The folders in `parent`, by name; None: where to begin. Raises `FolderGone`."""

    def folder(self, folder: str) -> Folder:
        """One folder by its id. Raises `FolderGone`."""
