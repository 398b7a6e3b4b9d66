"""The calls of Drive v3 that read: about, files, changes and shared drives."""

from __future__ import annotations

from typing import Any

from drive.google_fake.access import ALL, OPENED, READ, check_scope, may_see, seen
from drive.google_fake.calls import Call, Reply, cut
from drive.google_fake.errors import GoogleError, invalid, missing
from drive.google_fake.files import NATIVE, Change, as_text
from drive.google_fake.oauth import Grant
from drive.google_fake.search import read_query
from drive.google_fake.world import World

__all__ = ["ALL", "OPENED", "READ"]


def about(world: World, grant: Grant, call: Call) -> dict[str, Any]:
    """about.get. Raises `GoogleError` 400 without `fields`."""
    check_scope(grant)
    if not call.query.get("fields"):
        raise GoogleError(400, "required", "The 'fields' parameter is required for this method.")
    account = world.account(grant.email)
    user = {"kind": "drive#user", "displayName": account.name, "me": True}
    user |= {"permissionId": account.permission_id, "emailAddress": account.email}
    used = str(world.used(grant.email))
    quota = {"usage": used, "usageInDrive": used, "usageInDriveTrash": "0"}
    quota |= {} if account.quota is None else {"limit": str(account.quota)}
    return {"kind": "drive#about", "user": user, "storageQuota": quota, "maxUploadSize": "5497558138880"}


def list_files(world: World, grant: Grant, call: Call) -> dict[str, Any]:
    """files.list: page tokens are positions in the answer."""
    check_scope(grant)
    fits = read_query(world, grant, call.query.get("q", ""))
    roots = {world.account(grant.email).root_id, *world.drives}
    drive = drive_named(world, grant, call)
    is_wide = call.has_drives and call.flag("includeItemsFromAllDrives")
    found = [
        file
        for file in [*world.files.values()]
        if may_see(world, grant, file)
        and file.id not in roots
        and (file.drive == drive if drive else is_wide or not file.drive)
        and fits(file)
    ]
    answer: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": False}
    rows = [world.shown(grant.email, file) for file in found]
    return answer | _page(call, "files", rows)


def get_file(world: World, grant: Grant, file_id: str, call: Call) -> Reply:
    """files.get: what the file is, or its content. Raises `GoogleError` 403 for what has none, 404."""
    file = seen(world, grant, file_id, with_drives=call.has_drives)
    if call.query.get("alt") != "media":
        return Reply(200, world.shown(grant.email, file))
    if file.content is None or file.mime_type.startswith(NATIVE):
        message = "Only files with binary content can be downloaded."
        raise GoogleError(403, "fileNotDownloadable", message)
    return cut(file.content, call.headers.get("range", ""), file.mime_type)


def list_drives(world: World, grant: Grant, call: Call) -> dict[str, Any]:
    """drives.list: needs a scope that reads all."""
    check_scope(grant, reads_all=True)
    held = [each for each in world.drives.values() if grant.email in each.members | each.readers]
    rows = [each.shown(grant.email) for each in held]
    return {"kind": "drive#driveList"} | _page(call, "drives", rows, default=10, most=100)


def start_token(world: World, grant: Grant, call: Call) -> dict[str, Any]:
    """changes.getStartPageToken."""
    check_scope(grant)
    log = world.changes.get(drive_named(world, grant, call) or grant.email, [])
    return {"kind": "drive#startPageToken", "startPageToken": str(len(log) + 1)}


def list_changes(world: World, grant: Grant, call: Call) -> dict[str, Any]:
    """changes.list: a page token is the number of the first change to show, from 1."""
    check_scope(grant)
    name = drive_named(world, grant, call) or grant.email
    first = check_page(world, name, call)
    log = world.changes.get(name, [])
    page = log[first - 1 : first - 1 + call.number("pageSize", 100, 1000)]
    shown = [_changed(world, grant, each) for each in page if _tells(world, grant, each)]
    if not call.flag("includeRemoved", default=True):
        shown = [each for each in shown if not each["removed"]]
    following = first + len(page)
    key = "nextPageToken" if following <= len(log) else "newStartPageToken"
    return {"kind": "drive#changeList", "changes": shown, key: str(following)}


def check_page(world: World, log: str, call: Call) -> int:
    """The number of the first change to show. Raises `GoogleError` 400, and 410 for a page that is forgotten."""
    if not call.query.get("pageToken"):
        raise GoogleError(400, "required", "Required parameter: pageToken")
    first = call.number("pageToken", 0)
    if first > len(world.changes.get(log, [])) + 1:
        raise invalid("Invalid Value")
    if first <= world.forgotten.get(log, 0):
        reason = {410: "gone", 404: "notFound"}.get(world.forgotten_status, "invalid")
        raise GoogleError(world.forgotten_status, reason, "The page token is too old.")
    return first


def drive_named(world: World, grant: Grant, call: Call) -> str:
    """The shared drive that a call names, or nothing. Raises `GoogleError` 404."""
    world.account(grant.email)
    drive_id = call.query.get("driveId", "")
    drive = world.drives.get(drive_id)
    if drive_id and (drive is None or grant.email not in drive.members | drive.readers):
        raise GoogleError(404, "notFound", f"Shared drive not found: {drive_id}")
    if drive_id and not call.has_drives:
        raise missing(drive_id)
    return drive_id


def _tells(world: World, grant: Grant, change: Change) -> bool:
    """Whether a grant hears of a change: of a file that is gone, only when it might see it before."""
    file = world.files.get(change.file_id)
    if not change.file_id:
        return False
    if file is None:
        return bool(grant.scopes & {READ, ALL}) or change.was_opened
    return may_see(world, grant, file)


def _changed(world: World, grant: Grant, change: Change) -> dict[str, Any]:
    file = world.files.get(change.file_id)
    answer: dict[str, Any] = {
        "kind": "drive#change",
        "changeType": "file",
        "fileId": change.file_id,
        "time": as_text(change.time),
        "removed": file is None,
    }
    return answer if file is None else {**answer, "file": world.shown(grant.email, file)}


def _page(
    call: Call, name: str, rows: list[dict[str, Any]], *, default: int = 100, most: int = 1000
) -> dict[str, Any]:
    size = call.number("pageSize", default, most)
    start = call.number("pageToken", 1) - 1
    more = {"nextPageToken": str(start + size + 1)} if start + size < len(rows) else {}
    return {name: rows[start : start + size], **more}
