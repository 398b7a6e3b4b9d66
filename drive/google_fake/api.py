"""The calls of Drive v3 that the fake answers: reading files and changes."""

from __future__ import annotations

import re
from typing import Any

from drive.google_fake.errors import GoogleError, invalid, missing
from drive.google_fake.oauth import Grant
from drive.google_fake.world import NATIVE, Change, File, World, as_text

READ = "https://www.googleapis.com/auth/drive.readonly"
OPENED = "https://www.googleapis.com/auth/drive.file"
TERM = re.compile(
    r"\s*(?:'(?P<parent>(?:[^'\\]|\\.)*)' in parents"
    r"|trashed = (?P<trashed>true|false)"
    r"|(?P<key>name|mimeType) (?P<sign>!?=) '(?P<value>(?:[^'\\]|\\.)*)')\s*"
)


def list_files(world: World, grant: Grant, query: dict[str, str]) -> dict[str, Any]:
    """files.list: page tokens are positions in the answer."""
    with world.lock:
        found = [
            file
            for file in world.files.values()
            if may_see(grant, file) and matches(query.get("q", ""), file)
        ]
        start, size = _number(query, "pageToken", 0), _number(query, "pageSize", 100)
        answer: dict[str, Any] = {
            "kind": "drive#fileList",
            "incompleteSearch": False,
            "files": [file.shown() for file in found[start : start + size]],
        }
        if start + size < len(found):
            answer["nextPageToken"] = str(start + size)
        return answer


def seen(world: World, grant: Grant, file_id: str) -> File:
    """The file, when this grant may see it. Raises `GoogleError` 404."""
    file = world.files.get(file_id)
    if file is None or not may_see(grant, file):
        raise missing(file_id)
    return file


def content(file: File) -> bytes:
    """The bytes of a file. Raises `GoogleError` 403 for what has none."""
    if file.content is None or file.mime_type.startswith(NATIVE):
        raise GoogleError(403, "fileNotDownloadable", "Only files with binary content can be downloaded.")
    return file.content


def start_token(world: World, grant: Grant) -> dict[str, Any]:
    """changes.getStartPageToken."""
    _check_scope(grant)
    token = str(len(world.changes.get(grant.email, [])) + 1)
    return {"kind": "drive#startPageToken", "startPageToken": token}


def list_changes(world: World, grant: Grant, query: dict[str, str]) -> dict[str, Any]:
    """changes.list: a page token is the number of the first change to show, from 1."""
    _check_scope(grant)
    with world.lock:
        log = world.changes.get(grant.email, [])
        first, size = _number(query, "pageToken", 0), _number(query, "pageSize", 100)
        if not 1 <= first <= len(log) + 1:
            raise invalid("Invalid Value")
        page = log[first - 1 : first - 1 + size]
        shown = [_shown(world, each) for each in page if _tells(world, grant, each)]
        following = first + len(page)
        key = "nextPageToken" if following <= len(log) else "newStartPageToken"
        return {"kind": "drive#changeList", "changes": shown, key: str(following)}


def may_see(grant: Grant, file: File) -> bool:
    """Whether the scopes of a grant show a file. Raises `GoogleError` 403 when they show none at all."""
    _check_scope(grant)
    return file.owner == grant.email and (READ in grant.scopes or file.is_opened)


def matches(q: str, file: File) -> bool:
    """Whether a file fits a search. Raises `GoogleError` 400 for terms that the fake does not know."""
    position = 0
    while position < len(q):
        term = TERM.match(q, position)
        if term is None:
            raise invalid("Invalid Value")
        if not _fits(term, file):
            return False
        position = term.end()
        if q.startswith("and ", position):
            position += 4
        elif position < len(q):
            raise invalid("Invalid Value")
    return True


def _fits(term: re.Match[str], file: File) -> bool:
    if term["parent"] is not None:
        return _plain(term["parent"]) in file.parents
    if term["trashed"]:
        return file.trashed == (term["trashed"] == "true")
    actual = file.name if term["key"] == "name" else file.mime_type
    return (actual == _plain(term["value"])) == (term["sign"] == "=")


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _check_scope(grant: Grant) -> None:
    if not grant.scopes & {READ, OPENED}:
        raise GoogleError(403, "insufficientPermissions", "Insufficient Permission")


def _tells(world: World, grant: Grant, change: Change) -> bool:
    file = world.files.get(change.file_id)
    return change.is_removed or (file is not None and may_see(grant, file))


def _shown(world: World, change: Change) -> dict[str, Any]:
    file = world.files.get(change.file_id)
    answer: dict[str, Any] = {
        "kind": "drive#change",
        "changeType": "file",
        "fileId": change.file_id,
        "time": as_text(change.time),
        "removed": file is None,
    }
    return answer if file is None else {**answer, "file": file.shown()}


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise invalid("Invalid Value")
    return int(text)
