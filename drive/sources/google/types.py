"""What Drive's answers say, as far as we read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
NATIVE = "application/vnd.google-apps."
MARK = {"creator": "result"}
FILE_FIELDS = (
    "id,name,mimeType,size,md5Checksum,sha256Checksum,parents,trashed,driveId,createdTime,modifiedTime,"
    "appProperties,shortcutDetails(targetId,targetMimeType),"
    "capabilities(canListChildren,canAddChildren,canDownload)"
)


@dataclass(frozen=True)
class DriveFile:
    """A file or folder. `size` in bytes, 0 if it has none; `drive` is its shared drive, or empty."""

    id: str
    name: str = ""
    mime: str = ""
    size: int = 0
    md5: str = ""
    sha256: str = ""
    parents: Sequence[str] = ()
    is_trashed: bool = False
    drive: str = ""
    at: datetime | None = None
    target: str = ""
    target_mime: str = ""
    can_list: bool = False
    can_add: bool = False
    is_ours: bool = False

    @property
    def is_folder(self) -> bool:
        """A shortcut to a folder is none."""
        return self.mime == FOLDER

    @property
    def has_content(self) -> bool:
        """Whether it is whole: Drive knows the checksum only of a file that has arrived."""
        return self.size > 0 and bool(self.md5 or self.sha256) and not self.mime.startswith(NATIVE)

    @property
    def version(self) -> str:
        """Stands for its content: steady when the file is renamed, moved, shared or restored.

        `version` of Drive rises with all of these, and `headRevisionId` is missing for those who may only read.
        """
        return f"md5:{self.md5}:{self.size}" if self.md5 else f"sha256:{self.sha256}:{self.size}"


@dataclass(frozen=True)
class Change:
    """A change: `file` is what it is now; None: it was removed, or is a change of a whole shared drive."""

    id: str
    file: DriveFile | None


@dataclass(frozen=True)
class FilePage:
    """`next_page` is empty at the end."""

    files: Sequence[DriveFile]
    next_page: str = ""


@dataclass(frozen=True)
class ChangePage:
    """Either `next_page` or, at the end, `new_start` is set."""

    changes: Sequence[Change]
    next_page: str = ""
    new_start: str = ""


@dataclass(frozen=True)
class About:
    """Whose Drive it is."""

    email: str
    permission_id: str
    name: str


@dataclass(frozen=True)
class Channel:
    """A channel that tells of changes until `expires_at`."""

    id: str
    resource_id: str = field(repr=False)
    expires_at: datetime | None


def read_file(row: Mapping[str, Any]) -> DriveFile:
    """Reads a file resource with FILE_FIELDS."""
    details, can = _object(row.get("shortcutDetails")), _object(row.get("capabilities"))
    return DriveFile(
        id=_text(row.get("id")),
        name=_text(row.get("name")),
        mime=_text(row.get("mimeType")),
        size=_number(row.get("size")),
        md5=_text(row.get("md5Checksum")).lower(),
        sha256=_text(row.get("sha256Checksum")).lower(),
        parents=tuple(_text(parent) for parent in row.get("parents") or ()),
        is_trashed=row.get("trashed") is True,
        drive=_text(row.get("driveId")),
        at=read_time(row.get("modifiedTime")),
        target=_text(details.get("targetId")),
        target_mime=_text(details.get("targetMimeType")),
        can_list=can.get("canListChildren") is True,
        can_add=can.get("canAddChildren") is True,
        is_ours=_object(row.get("appProperties")).get("creator") == MARK["creator"],
    )


def read_change(row: Mapping[str, Any]) -> Change:
    """Reads a change resource."""
    file = row.get("file")
    is_there = isinstance(file, dict) and row.get("removed") is not True
    return Change(_text(row.get("fileId")), read_file(_object(file)) if is_there else None)


def read_time(value: object) -> datetime | None:
    """RFC 3339, or None."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def read_millis(value: object) -> datetime | None:
    """Milliseconds since 1970 as text, or None."""
    millis = _number(value)
    return datetime.fromtimestamp(millis / 1000, UTC) if 0 < millis < 10**14 else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
