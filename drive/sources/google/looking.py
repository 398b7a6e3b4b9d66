"""Finds files: by listing the folders once, then by the change logs.

A shared drive has a change log of its own, and what happens in it may be missing from the person's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from drive.sources.base import Look, SourceFile
from drive.sources.google.client import Client
from drive.sources.google.cursor import Cursor, read_cursor, write_cursor
from drive.sources.google.errors import Refusal
from drive.sources.google.finding import find, find_in
from drive.sources.google.types import NATIVE, SHORTCUT, Change, DriveFile
from drive.sources.names import is_left_out

MOST_FILES = 2000
"""About how many files one look may read about."""
GONE = ("", "")
UNKNOWN_PAGE = {400, 404, 410}


def look(client: Client, folders: Collection[str], text: str | None) -> Look:
    """As `Source.look`."""
    cursor = read_cursor(text)
    if cursor is not None and set(folders) <= set(cursor.folders):
        try:
            found = _list(client, folders, cursor) if cursor.left else _follow(client, folders, cursor)
        except Refusal as refusal:
            if refusal.status not in UNKNOWN_PAGE:
                raise
        else:
            if found is not None:
                return found
    return _begin(client, folders)


def _begin(client: Client, folders: Collection[str]) -> Look:
    """The logs' pages are asked for before anything is listed, so that nothing falls between."""
    places, gone = _find_folders(client, folders)
    logs = _begin_logs(client, {place.drive for place in places.values()})
    known = {folder: (place.id, place.drive) for folder, place in places.items()}
    cursor = Cursor(known | dict.fromkeys(gone, GONE), logs, sorted(known))
    return _list(client, folders, cursor)


def _begin_logs(client: Client, drives: Collection[str]) -> dict[str, str]:
    """The person's own log, and those of shared drives that they are a member of.

    What is shared with somebody who is no member is in their own log.
    """
    logs = {"": client.start_page()}
    for drive in sorted(drives):
        try:
            logs[drive] = logs.get(drive) or client.start_page(drive)
        except Refusal as refusal:
            if refusal.status not in (403, 404):
                raise
    return logs


def _find_folders(client: Client, folders: Collection[str]) -> tuple[dict[str, DriveFile], set[str]]:
    places: dict[str, DriveFile] = {}
    for folder in sorted(folders):
        place = find(client, folder)
        if place is not None and place.is_folder and not place.is_trashed:
            places[folder] = place
    return places, set(folders) - set(places)


def _list(client: Client, folders: Collection[str], cursor: Cursor) -> Look:
    files: list[SourceFile] = []
    seen, left, page = 0, [*cursor.left], cursor.page
    gone = _still_gone(folders, cursor)
    while left and seen < MOST_FILES:
        folder = left[0]
        if folder in folders:
            try:
                got = find_in(client, *cursor.folders[folder], page=page)
            except Refusal as refusal:
                if page or not refusal.is_missing:
                    raise
                gone.add(folder)
                page = ""
            else:
                seen += len(got.files)
                files += _pick(client, folder, got.files)
                page = got.next_page
        else:  # nobody watches it any more, and its page is of no other folder
            page = ""
        if not page:
            left.pop(0)
    after = replace(cursor, left=left, page=page)
    return Look(files, write_cursor(after), more=bool(left), gone=gone)


def _follow(client: Client, folders: Collection[str], cursor: Cursor) -> Look | None:
    """None: a folder came back or into another drive, so all has to be listed."""
    logs = dict(cursor.logs)
    files: list[SourceFile] = []
    seen, more = 0, False
    by_id = {own: folder for folder, (own, _) in cursor.folders.items() if own and folder in folders}
    for drive in logs:
        while not more:
            try:
                page = client.changes(logs[drive], drive)
            except Refusal as refusal:
                if drive and refusal.status in (403, 404) and find(client, drive) is None:
                    seen += 1  # the shared drive is gone: its folders are found missing below
                    break
                raise
            seen += len(page.changes)
            files += _pick_changes(client, by_id, page.changes)
            logs[drive] = page.next_page or page.new_start or logs[drive]
            if not page.next_page:
                break
            more = seen >= MOST_FILES
    gone = _still_gone(folders, cursor)
    known = dict(cursor.folders)
    if seen:
        # asked after any change, because the folder's own log says nothing when a folder above it goes to the bin
        places, gone = _find_folders(client, folders)
        if any((place.id, place.drive) != known[folder] for folder, place in places.items()):
            return None
        known |= dict.fromkeys(gone, GONE)
    text = write_cursor(replace(cursor, folders=known, logs=logs))
    return Look([file for file in files if file.folder not in gone], text, more=more, gone=gone)


def _still_gone(folders: Collection[str], cursor: Cursor) -> set[str]:
    """One that comes back has a change in a log."""
    return {folder for folder in folders if cursor.folders[folder] == GONE}


def _pick_changes(client: Client, by_id: dict[str, str], changes: Iterable[Change]) -> list[SourceFile]:
    picked: list[SourceFile] = []
    for change in changes:
        if change.file is not None and not change.file.is_trashed:
            for parent in change.file.parents:
                if parent in by_id:
                    picked += _pick(client, by_id[parent], [change.file])
    return picked


def _pick(client: Client, folder: str, files: Iterable[DriveFile]) -> list[SourceFile]:
    """Those with content that is whole, and a name that lasts. A shortcut stands for the file that it leads to, if that can be seen."""
    picked = []
    for file in files:
        if is_left_out(file.name):
            continue
        content: DriveFile | None = file
        if file.mime == SHORTCUT:
            is_file = file.target and not file.target_mime.startswith(NATIVE)
            content = find(client, file.target) if is_file else None
        if content is not None and content.has_content and not content.is_trashed:
            picked.append(
                SourceFile(
                    id=content.id,
                    folder=folder,
                    name=file.name,
                    size=content.size,
                    version=content.version,
                    sha256=content.sha256,
                    mime=content.mime,
                    at=content.at,
                )
            )
    return picked
