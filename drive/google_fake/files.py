"""Files, folders, shortcuts and shared drives, and how the API shows them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NATIVE = "application/vnd.google-apps."
"""How the types of folders, shortcuts and Google's own documents begin: these have no content."""
FOLDER = f"{NATIVE}folder"
SHORTCUT = f"{NATIVE}shortcut"


@dataclass
class Account:
    """A person with a Drive. `quota`: how many bytes it may hold; None: any number."""

    email: str
    permission_id: str
    root_id: str
    name: str
    quota: int | None = None


@dataclass
class SharedDrive:
    """A shared drive: its id is also that of its topmost folder. `members` may write, `readers` only read."""

    id: str
    name: str
    created: datetime
    members: set[str]
    readers: set[str]

    def shown(self, email: str) -> dict[str, Any]:
        """The drive as the API shows it to a person."""
        can_add = {"canListChildren": True, "canAddChildren": email in self.members}
        answer = {"kind": "drive#drive", "id": self.id, "name": self.name, "capabilities": can_add}
        return {**answer, "createdTime": as_text(self.created), "hidden": False}


@dataclass
class File:
    """A file or folder of one account, or of a shared drive (then `owner` is empty)."""

    id: str
    owner: str
    name: str
    mime_type: str
    parents: list[str]
    created: datetime
    modified: datetime
    content: bytes | None = field(default=None, repr=False)
    """None: a folder, a shortcut, a native document, or a file whose content has not arrived yet."""
    trashed: bool = False
    version: int = 1
    is_opened: bool = False
    """Whether the app created the file or the person picked it: what `drive.file` may see."""
    drive: str = ""
    target: File | None = None
    """What a shortcut leads to."""
    readers: set[str] = field(default_factory=set)
    """Whom the owner lets read it."""
    app_properties: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    """What else a caller wrote, shown as it came: description, properties, starred."""
    head: str = ""

    def shown(self, email: str, *, can_write: bool, is_app_authorized: bool) -> dict[str, Any]:
        """All that the API can show of the file to a person."""
        answer: dict[str, Any] = {
            "kind": "drive#file",
            "id": self.id,
            "name": self.name,
            "mimeType": self.mime_type,
            "trashed": self.trashed,
            "explicitlyTrashed": self.trashed,
            "version": str(self.version),
            "createdTime": as_text(self.created),
            "modifiedTime": as_text(self.modified),
            "isAppAuthorized": is_app_authorized,
            "capabilities": self._capabilities(can_write),
            "spaces": ["drive"],
            **self.extra,
        }
        if self.parents:
            answer["parents"] = self.parents
        if self.drive:
            answer["driveId"] = self.drive
        else:
            answer |= {"ownedByMe": self.owner == email, "shared": bool(self.readers)}
        if self.app_properties:
            answer["appProperties"] = self.app_properties
        if self.target is not None:
            of = {"targetId": self.target.id, "targetMimeType": self.target.mime_type}
            answer["shortcutDetails"] = of
        return {**answer, **self._of_content(can_write)}

    @property
    def sha256(self) -> str:
        """Of the content, in hexadecimal."""
        return hashlib.sha256(self.content or b"").hexdigest()

    def _of_content(self, can_write: bool) -> dict[str, Any]:
        if self.content is None:
            return {}
        answer = {
            "size": str(len(self.content)),
            "quotaBytesUsed": str(len(self.content)),
            "originalFilename": self.name,
            "md5Checksum": hashlib.md5(self.content, usedforsecurity=False).hexdigest(),
            "sha1Checksum": hashlib.sha1(self.content, usedforsecurity=False).hexdigest(),
            "sha256Checksum": self.sha256,
        }
        return {**answer, "headRevisionId": self.head} if can_write else answer

    def _capabilities(self, can_write: bool) -> dict[str, bool]:
        is_folder = self.mime_type == FOLDER
        return {
            "canListChildren": is_folder,
            "canAddChildren": is_folder and can_write,
            "canDownload": self.content is not None,
            "canEdit": can_write,
            "canRename": can_write,
            "canTrash": can_write,
            "canDelete": can_write,
        }


@dataclass(frozen=True)
class Change:
    """One entry of a log: the file that changed, and whether it is gone (`was_opened`: as the file was).

    An entry without a file only makes older page tokens unusable; no answer lists it.
    """

    file_id: str
    time: datetime
    is_removed: bool = False
    was_opened: bool = False


def as_text(time: datetime) -> str:
    """A time as Drive writes it: RFC 3339 with milliseconds, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"
