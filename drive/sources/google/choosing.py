"""The folders that a person may choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drive.sources.base import Folder, FolderGone
from drive.sources.google.client import Client
from drive.sources.google.finding import find, find_in
from drive.sources.google.oauth import can_read, can_write
from drive.sources.google.types import FOLDER, SHORTCUT, DriveFile, FilePage

MY_DRIVE = "root"
SHARED = "shared-with-me"
"""No folder of Drive, but a list of what others share; ids of Drive have no hyphenated words."""
MOST_PAGES = 3
FOLDERS = f"mimeType = '{FOLDER}'"
SHORTCUTS = f"mimeType = '{SHORTCUT}'"


def list_folders(client: Client, parent: str | None) -> list[Folder]:
    """As `Source.folders`."""
    if parent is None:
        return _roots(client)
    if parent == SHARED:
        query = f"{FOLDERS} and sharedWithMe and trashed = false"
        return _by_name(_all(client, lambda page: client.files(query, page)), client, parent)
    place = get_place(client, parent)
    terms = f"({FOLDERS} or {SHORTCUTS}) and "
    rows = _all(client, lambda page: find_in(client, place.id, place.drive, terms, page))
    return _by_name(rows, client, parent)


def get_folder(client: Client, folder: str) -> Folder:
    """As `Source.folder`."""
    if folder == SHARED:
        return _shared()
    place = get_place(client, folder)
    if place.id == place.drive:  # the topmost folder of every shared drive is called "Drive"
        names = {drive.id: drive.name for drive in client.shared_drives()} if can_read(client.scopes) else {}
        place = replace(place, name=names.get(place.id, place.name))
    return as_folder(client, place, place.parents[0] if place.parents else None)


def get_place(client: Client, folder: str) -> DriveFile:
    """Raises `FolderGone`."""
    place = find(client, folder)
    if place is None or place.is_trashed or not place.is_folder:
        raise FolderGone(folder)
    return place


def as_folder(client: Client, file: DriveFile, parent: str | None) -> Folder:
    """With only `drive.file`, the files that others put into a folder stay out of sight."""
    return Folder(
        id=file.id,
        name=file.name,
        parent=parent,
        is_readable=file.can_list and can_read(client.scopes),
        is_writable=file.can_add and can_write(client.scopes),
    )


def _roots(client: Client) -> list[Folder]:
    mine = find(client, MY_DRIVE)
    roots = [as_folder(client, mine, None)] if mine is not None else []
    if can_read(client.scopes):  # the list of shared drives is refused to `drive.file`
        drives = sorted(client.shared_drives(), key=lambda drive: drive.name.casefold())
        roots += [as_folder(client, drive, None) for drive in drives]
    return [*roots, _shared()]


def _shared() -> Folder:
    return Folder(SHARED, "Shared with me", is_readable=False, is_writable=False)


def _all(client: Client, ask: Callable[[str], FilePage]) -> list[DriveFile]:
    found: list[DriveFile] = []
    page = ""
    for _ in range(MOST_PAGES):
        got = ask(page)
        found += [file for file in (_resolved(client, file) for file in got.files) if file is not None]
        page = got.next_page
        if not page:
            break
    return found


def _resolved(client: Client, file: DriveFile) -> DriveFile | None:
    if file.mime != SHORTCUT:
        return file
    target = find(client, file.target) if file.target_mime == FOLDER else None
    return target if target is not None and target.is_folder and not target.is_trashed else None


def _by_name(files: list[DriveFile], client: Client, parent: str) -> list[Folder]:
    return [as_folder(client, file, parent) for file in sorted(files, key=lambda file: file.name.casefold())]
