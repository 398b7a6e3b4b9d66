"""Opens the source of a connection. Only here are stored tokens read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings

from accounts.encryption import Encryption
from drive.enums import SourceKind
from drive.models import Connection
from drive.sources.base import AccessLost, Source
from drive.sources.folder import FolderSource

SECRETS = Encryption("drive", lambda: settings.ENCRYPTION_KEYS)
"""Tokens for people's drives: never under SECRET_KEY, which signs what browsers hold."""


@contextmanager
def open_source(connection: Connection) -> Iterator[Source]:
    """The source, for one thread and the length of the block.

    Raises `drive.sources.base.SourceError`: AccessLost for a connection without access, and
    `accounts.encryption.Unreadable` if no key reads its token.
    """
    if not connection.is_open or connection.trouble:
        raise AccessLost("the connection has no access")
    with _OPENERS[SourceKind(connection.kind)](connection) as source:
        yield source


@contextmanager
def _open_folder(connection: Connection) -> Iterator[Source]:
    yield FolderSource(Path(connection.account))


_OPENERS: dict[SourceKind, Callable[[Connection], AbstractContextManager[Source]]] = {
    SourceKind.FOLDER: _open_folder,
}
