"""What the fake Google holds: files, who may see them, what changed, and the time."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from drive.google_fake.errors import missing

FOLDER = "application/vnd.google-apps.folder"
NATIVE = "application/vnd.google-apps."
"""How the types of folders, shortcuts and Google's own documents begin: these have no content."""


@dataclass
class File:
    """A file or folder of one account."""

    id: str
    owner: str
    name: str
    mime_type: str
    parents: list[str]
    created: datetime
    modified: datetime
    content: bytes | None = field(default=None, repr=False)
    trashed: bool = False
    version: int = 1
    is_opened: bool = False
    """Whether the app created the file or the person picked it: what `drive.file` may see."""

    def shown(self) -> dict[str, Any]:
        """The file as the API shows it."""
        answer: dict[str, Any] = {
            "kind": "drive#file",
            "id": self.id,
            "name": self.name,
            "mimeType": self.mime_type,
            "parents": self.parents,
            "trashed": self.trashed,
            "version": str(self.version),
            "createdTime": as_text(self.created),
            "modifiedTime": as_text(self.modified),
            "ownedByMe": True,
        }
        if self.content is not None:
            answer["size"] = str(len(self.content))
            answer["md5Checksum"] = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
            answer["sha256Checksum"] = hashlib.sha256(self.content).hexdigest()
        return answer


@dataclass(frozen=True)
class Change:
    """One entry of an account's log: the file that changed, and whether it is gone."""

    file_id: str
    time: datetime
    is_removed: bool = False


class World:
    """All of the fake Google. Safe for several threads: hold `lock` around what reads or writes more than once."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.files: dict[str, File] = {}
        self.changes: dict[str, list[Change]] = {}
        self._last_id = 0

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.now += timedelta(seconds=seconds)

    def new_id(self) -> str:
        self._last_id += 1
        return f"fake-{self._last_id:06}"

    def put(
        self,
        owner: str,
        name: str,
        *,
        parent: str = "root",
        mime_type: str = "image/png",
        content: bytes | None = None,
        is_opened: bool = False,
    ) -> File:
        """A new file of an account, as if the person had put it there. `content` None: a folder or a native document."""
        with self.lock:
            file = File(self.new_id(), owner, name, mime_type, [parent], self.now, self.now, content)
            file.is_opened = is_opened
            self.files[file.id] = file
            self._note(file)
            return file

    def change(self, file_id: str, *, name: str | None = None, trashed: bool | None = None) -> File:
        """Rename a file, or move it in or out of the trash. Raises `GoogleError` when there is none."""
        with self.lock:
            file = self.files.get(file_id)
            if file is None:
                raise missing(file_id)
            file.name = file.name if name is None else name
            file.trashed = file.trashed if trashed is None else trashed
            file.version += 1
            self._note(file)
            return file

    def remove(self, file_id: str) -> None:
        """Delete a file for good: its change says `removed`."""
        with self.lock:
            file = self.files.pop(file_id, None)
            if file is None:
                raise missing(file_id)
            self._note(file, is_removed=True)

    def _note(self, file: File, *, is_removed: bool = False) -> None:
        self.changes.setdefault(file.owner, []).append(Change(file.id, self.now, is_removed))


def as_text(time: datetime) -> str:
    """A time as Drive writes it: RFC 3339 with milliseconds, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"
