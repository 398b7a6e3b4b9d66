"""Google Drive as `base.Source`, and what only Google has: channels, and whose Drive it is."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path

from drive.sources.base import Folder, Look, SourceFile, Written
from drive.sources.google.choosing import get_folder, list_folders
from drive.sources.google.client import Client
from drive.sources.google.cursor import read_cursor
from drive.sources.google.errors import Refusal
from drive.sources.google.looking import look
from drive.sources.google.reading import read_content
from drive.sources.google.types import About, Channel
from drive.sources.google.writing import write_content

IDS = 10
"""How many ids are fetched at once."""


class GoogleSource:
    """Implements `drive.sources.base.Source`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ids: list[str] = []

    def look(self, folders: Collection[str], cursor: str | None) -> Look:
        """As `Source.look`."""
        return look(self._client, folders, cursor)

    def read(self, file: SourceFile, into: Path, *, most_bytes: int) -> None:
        """As `Source.read`. A file that Google takes for harmful, or lets nobody download, is `Vanished`."""
        read_content(self._client, file, into, most_bytes=most_bytes)

    def reserve(self) -> str:
        """As `Source.reserve`."""
        if not self._ids:
            self._ids = self._client.new_ids(IDS)
        return self._ids.pop(0)

    def write(self, folder: str, name: str, content: Path, *, mime: str, reserved: str) -> Written:
        """As `Source.write`."""
        return write_content(
            self._client, folder, name, content, mime=mime, reserved=reserved or self.reserve()
        )

    def folders(self, parent: str | None) -> Sequence[Folder]:
        """As `Source.folders`: My Drive, the shared drives and what others share, then what is in them."""
        return list_folders(self._client, parent)

    def folder(self, folder: str) -> Folder:
        """As `Source.folder`."""
        return get_folder(self._client, folder)

    def about(self) -> About:
        """Whose Drive it is."""
        return self._client.about()

    def watch(
        self,
        page_token: str,
        channel_id: str,
        channel_token: str,
        address: str,
        ttl_s: float,
        *,
        drive: str = "",
    ) -> Channel:
        """Has Google call `address` when there are changes, for at most `ttl_s` seconds (it may give less).

        `page_token` is one of `log_pages`, `drive` its shared drive. Raises `Refusal` if the address is refused.
        """
        return self._client.watch(
            page_token,
            channel_id=channel_id,
            channel_token=channel_token,
            address=address,
            expires_ms=int((time.time() + ttl_s) * 1000),
            drive=drive,
        )

    def stop(self, channel_id: str, resource_id: str) -> None:
        """Ends a channel; one that has ended is no error."""
        try:
            self._client.stop(channel_id=channel_id, resource_id=resource_id)
        except Refusal as refusal:
            if not refusal.is_missing:
                raise


def log_pages(cursor: str) -> dict[str, str]:
    """The pages of the change logs that a look goes on from, by shared drive; "" is the person's own log."""
    found = read_cursor(cursor)
    return dict(found.logs) if found is not None else {}
