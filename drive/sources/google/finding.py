"""Finds one file, or what is in a folder."""

from __future__ import annotations

from drive.sources.google.client import Client
from drive.sources.google.errors import Refusal
from drive.sources.google.types import DriveFile, FilePage


def find(client: Client, file_id: str) -> DriveFile | None:
    """A file or folder, also from the bin; None if it is not there, or out of sight."""
    try:
        return client.file(file_id)
    except Refusal as refusal:
        if refusal.is_missing:
            return None
        raise


def find_in(client: Client, folder: str, drive: str, terms: str = "", page: str = "") -> FilePage:
    """A page of what is in a folder and not in the bin. `terms` narrows it.

    What is in a shared drive is asked for as such: the person's own collection has only what they have opened.
    Raises `Refusal` 404 if the folder is not there.
    """
    query = f"'{quoted(folder)}' in parents and {terms}trashed = false"
    if drive:
        try:
            return client.files(query, page, drive=drive)
        except Refusal as refusal:
            if refusal.status not in (403, 404):
                raise  # else: no member of the drive, but the folder may be shared with them
    return client.files(query, page)


def quoted(text: str) -> str:
    """Text inside a string of Drive's query language."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
