"""Writes a file by a resumable upload, under an id that was reserved, so that it is made once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2

from drive.sources.base import Away, FolderGone, NameTaken, SourceError, Written
from drive.sources.google.client import Client
from drive.sources.google.errors import Refusal, check
from drive.sources.google.exchange import Answer
from drive.sources.google.finding import find_in, quoted
from drive.sources.google.types import MARK, DriveFile, read_file

CHUNK = 8 * 1024 * 1024
"""Bytes of a part: a multiple of 256 KiB, as Drive demands."""
SESSIONS = 2
RECEIVED = re.compile(r"bytes=0-(\d{1,18})")
NOT_OURS_TO_USE = {
    "insufficientFilePermissions",
    "appNotAuthorizedToFile",
    "insufficientParentPermissions",
    "forbidden",
}


def write_content(
    client: Client, folder: str, name: str, content: Path, *, mime: str, reserved: str
) -> Written:
    """As `Source.write`. `reserved` is never empty."""
    try:
        if (found := _look_for(client, folder, name, reserved)) is not None:
            return found
        file = {"id": reserved, "name": name, "parents": [folder], "mimeType": mime, "appProperties": MARK}
        made = _upload(client, file, content, mime)
    except Refusal as refusal:
        if refusal.status == 409:
            return _written_before(client, reserved, name)
        if refusal.is_missing or (refusal.status == 403 and refusal.reason in NOT_OURS_TO_USE):
            raise FolderGone(folder, str(refusal)) from refusal
        raise
    return Written(made.id or reserved, made.name or name)


def _look_for(client: Client, folder: str, name: str, reserved: str) -> Written | None:
    place = client.file(folder)
    if place.is_trashed or not place.is_folder or not place.can_add:
        raise FolderGone(folder, "in the bin" if place.is_trashed else "no folder to write to")
    names = find_in(client, place.id, place.drive, f"name = '{quoted(name)}' and ").files
    if any(file.id == reserved for file in names):
        return Written(reserved, name)
    if any(file.name == name for file in names):
        raise NameTaken("a file of that name is in the folder")
    return None


def _written_before(client: Client, reserved: str, name: str) -> Written:
    """A file is made only when all of it has arrived, so one with our id is the one that we wrote."""
    try:
        file = client.file(reserved)
    except Refusal as refusal:
        if refusal.is_missing:  # written, and deleted for good by now: it must not come again
            return Written(reserved, name)
        raise
    if not file.is_ours:
        raise SourceError("the reserved id belongs to a file that is not ours")
    return Written(file.id, file.name)


def _upload(client: Client, file: dict[str, Any], content: Path, mime: str) -> DriveFile:
    size = content.stat().st_size
    for _ in range(SESSIONS):
        address = check(client.begin_upload(file, size=size, mime=mime)).headers.get("location", "")
        if not client.is_upload_address(address):
            raise Away("an upload without an address", 60)
        if (made := _send_all(client, address, content, size)) is not None:
            return made
    raise Away("the upload was forgotten", 30)


def _send_all(client: Client, address: str, content: Path, size: int) -> DriveFile | None:
    """None: Google knows nothing of the upload any more."""
    patience = client.patience()
    offset, is_known = 0, True
    while True:
        try:
            if is_known:
                answer = _send_part(client, address, content, offset, size)
            else:
                answer = _ask_how_far(client, address, size)
        except httpx2.TransportError as error:
            patience.wait(type(error).__name__)
            is_known = False
            continue
        if answer.asks_for_patience:
            patience.wait(f"{answer.status} {answer.reason}".strip(), answer.retry_after_s)
            is_known = False
            continue
        if answer.status in (404, 410):
            return None
        if answer.status != 308:
            return read_file(check(answer).json())
        received = _received(answer)
        if received > offset:
            patience.start_over()
        elif is_known:
            patience.wait("no progress")
        offset, is_known = min(received, size), True


def _send_part(client: Client, address: str, content: Path, offset: int, size: int) -> Answer:
    end = min(offset + CHUNK, size)
    span = f"bytes {offset}-{end - 1}/{size}" if size else "bytes */0"
    headers = {"Content-Range": span, "Content-Length": str(end - offset)}
    return client.send("PUT", address, once=True, headers=headers, content=_part(content, offset, end))


def _part(content: Path, offset: int, end: int) -> bytes:
    with content.open("rb") as source:
        source.seek(offset)
        return source.read(end - offset)


def _ask_how_far(client: Client, address: str, size: int) -> Answer:
    headers = {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
    return client.send("PUT", address, once=True, headers=headers)


def _received(answer: Answer) -> int:
    match = RECEIVED.fullmatch(answer.headers.get("range", ""))
    return int(match[1]) + 1 if match else 0
