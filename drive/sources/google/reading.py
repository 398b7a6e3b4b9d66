"""Gets a file's content, and goes on where a connection broke."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

import httpx2

from drive.sources.base import Changed, SourceFile, TooLarge, Vanished
from drive.sources.google.client import Client
from drive.sources.google.errors import Refusal, check
from drive.sources.google.exchange import Answer, read_start
from drive.sources.google.types import DriveFile

BLOCK = 1024 * 1024
NOT_TO_BE_HAD = {
    "cannotDownloadAbusiveFile": "Google takes it for harmful",
    "cannotDownloadFile": "it may not be downloaded",
    "fileNotDownloadable": "it has no content",
    "downloadQuotaExceeded": "it was downloaded too often",
}


def read_content(client: Client, file: SourceFile, into: Path, *, most_bytes: int) -> None:
    """As `Source.read`."""
    now = _found(client, file)
    if now.size > most_bytes:
        raise TooLarge(now.size)
    with into.open("wb") as target:
        _fetch(client, now, target)
    _check(now, into)


def _found(client: Client, file: SourceFile) -> DriveFile:
    try:
        now = client.file(file.id)
    except Refusal as refusal:
        if refusal.is_missing:
            raise Vanished("not found") from refusal
        raise
    if now.is_trashed:
        raise Vanished("in the bin")
    if not now.has_content or now.version != file.version:
        raise Changed("another version")
    return now


def _fetch(client: Client, file: DriveFile, target: BinaryIO) -> None:
    """Raises `Away` if the connection breaks again and again."""
    patience = client.patience()
    renewals = 1
    while (offset := target.tell()) < file.size:
        reason, wait_s = "", 0.0
        try:
            with client.media(file.id, offset=offset) as response:
                if response.status_code == 401 and renewals:
                    renewals -= 1
                    continue
                if response.status_code in (200, 206):
                    _take(response, target, offset, file.size)
                    reason = "a short answer"
                else:
                    answer = Answer(response.status_code, response.headers, read_start(response))
                    if not answer.asks_for_patience:
                        _refuse(answer)
                    reason, wait_s = f"{answer.status} {answer.reason}", answer.retry_after_s
        except httpx2.TransportError as error:
            reason = type(error).__name__
        if target.tell() > offset:
            patience.start_over()
        if target.tell() < file.size:
            patience.wait(reason, wait_s)


def _take(response: httpx2.Response, target: BinaryIO, offset: int, size: int) -> None:
    start = offset if response.status_code == 206 else 0
    if response.status_code == 206 and not response.headers.get("content-range", "").startswith(
        f"bytes {offset}-"
    ):
        raise Changed("another part than was asked for")
    target.seek(start)
    target.truncate()
    for chunk in response.iter_bytes():
        if target.tell() + len(chunk) > size:
            raise Changed("more bytes than it had")
        target.write(chunk)


def _refuse(answer: Answer) -> None:
    if answer.status == 404:
        raise Vanished("not found")
    if answer.status == 416:
        raise Changed("fewer bytes than it had")
    if answer.status == 403 and answer.reason in NOT_TO_BE_HAD:
        raise Vanished(NOT_TO_BE_HAD[answer.reason])
    check(answer)
    raise Refusal(answer.status, answer.reason)


def _check(file: DriveFile, got: Path) -> None:
    # md5 is what Drive knows of every file: it finds damage, and proves nothing
    for expected, digest in ((file.md5, hashlib.md5(usedforsecurity=False)), (file.sha256, hashlib.sha256())):
        with got.open("rb") as content:
            while block := content.read(BLOCK):
                digest.update(block)
        if expected and digest.hexdigest() != expected:
            raise Changed(f"another {digest.name}")
