"""The calls of Drive v3 that write: new files, and changes of those that are there."""

from __future__ import annotations

from typing import Any

from drive.google_fake.access import check_may_add, check_may_write, check_scope, seen
from drive.google_fake.calls import Call
from drive.google_fake.errors import GoogleError, invalid
from drive.google_fake.files import NATIVE, SHORTCUT, File
from drive.google_fake.oauth import Grant
from drive.google_fake.world import World, check_room

WRITABLE = {"name", "mimeType", "description", "starred", "properties", "appProperties", "trashed"}
AT_BIRTH = {"id", "parents", "shortcutDetails", "createdTime", "modifiedTime", "originalFilename"}
EXTRA = ("description", "starred", "properties")


def generate_ids(world: World, grant: Grant, call: Call) -> dict[str, Any]:
    """files.generateIds: ids that files.create takes."""
    check_scope(grant, writes=True)
    ids = [world.new_id() for _ in range(call.number("count", 10, 1000))]
    return {"kind": "drive#generatedIds", "space": "drive", "ids": ids}


def check_new(world: World, grant: Grant, row: dict[str, Any], *, size: int, with_drives: bool) -> File:
    """The folder that a new file goes to. Raises `GoogleError` 400, 403, 404, and 409 for an id that is taken."""
    check_scope(grant, writes=True)
    _check_names(row, WRITABLE | AT_BIRTH)
    parents = row.get("parents", ["root"])
    if len(parents) != 1:
        raise invalid("A file cannot be added to multiple parent folders.")
    folder = seen(world, grant, parents[0], with_drives=with_drives)
    check_may_add(world, grant, folder)
    if row.get("id") in world.files:
        raise GoogleError(409, "fileIdInUse", "A file already exists with the provided ID.")
    if not folder.drive:
        check_room(world, grant.email, size)
    return folder


def create(
    world: World,
    grant: Grant,
    row: dict[str, Any],
    *,
    content: bytes | None,
    content_type: str,
    with_drives: bool,
) -> dict[str, Any]:
    """files.create. `content` None: without content, so a file of 0 bytes unless its type has none."""
    folder = check_new(world, grant, row, size=len(content or b""), with_drives=with_drives)
    mime_type = row.get("mimeType") or content_type or "application/octet-stream"
    target = row.get("shortcutDetails", {}).get("targetId", "") if mime_type == SHORTCUT else ""
    if mime_type.startswith(NATIVE):
        content = None
    elif content is None:
        content = b""
    file = world.put(
        grant.email,
        row.get("name", "Untitled"),
        parent=folder.id,
        mime_type=mime_type,
        content=content,
        is_opened=True,
        target=target,
        file_id=row.get("id", ""),
    )
    _take(file, row)
    return world.shown(grant.email, file)


def update(world: World, grant: Grant, file_id: str, call: Call) -> dict[str, Any]:
    """files.update without content: rename, move, trash. Raises `GoogleError` 400, 403, 404."""
    file = seen(world, grant, file_id, with_drives=call.has_drives)
    check_may_write(world, grant, file)
    row = call.row()
    _check_names(row, WRITABLE)
    added, removed = (_ids(call, name) for name in ("addParents", "removeParents"))
    if added:
        folder = seen(world, grant, added[0], with_drives=call.has_drives)
        check_may_add(world, grant, folder)
        if len(added) > 1 or set(file.parents) - set(removed) - {folder.id}:
            message = "Increasing the number of parents is not allowed"
            raise GoogleError(403, "cannotAddParent", message)
        file.parents, file.drive = [folder.id], folder.drive
    elif set(removed) & set(file.parents):
        raise invalid("A file must have a parent.")
    file.name, file.mime_type = row.get("name", file.name), row.get("mimeType", file.mime_type)
    file.trashed = row.get("trashed", file.trashed)
    _take(file, row)
    return world.shown(grant.email, world.touch(file))


def _take(file: File, row: dict[str, Any]) -> None:
    file.app_properties |= row.get("appProperties", {})
    file.extra |= {name: row[name] for name in EXTRA if name in row}


def _ids(call: Call, name: str) -> list[str]:
    return [each for each in call.query.get(name, "").split(",") if each]


def _check_names(row: dict[str, Any], known: set[str]) -> None:
    """Drive refuses some of what cannot be written and passes over the rest; the fake refuses all."""
    unknown = sorted(set(row) - known)
    if unknown:
        message = "The resource body includes fields which are not directly writable."
        raise GoogleError(403, "fieldNotWritable", f"{message} {', '.join(unknown)}")
