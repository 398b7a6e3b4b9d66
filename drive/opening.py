"""Opens the source of a connection. Only here are stored tokens read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from accounts.encryption import Encryption
from creator.lib.ttl_cache import TTLCache
from drive.enums import SourceKind
from drive.models import Connection
from drive.sources.base import AccessLost, Away, Source
from drive.sources.folder import FolderSource
from drive.sources.google.client import Client
from drive.sources.google.exchange import Exchange
from drive.sources.google.oauth import Addresses, App
from drive.sources.google.source import GoogleSource
from drive.sources.google.tokens import Tokens

SECRETS = Encryption("drive", lambda: settings.ENCRYPTION_KEYS)
"""Tokens for people's drives: never under SECRET_KEY, which signs what browsers hold."""
KEPT_S = 3600.0
_tokens: TTLCache[str, Tokens] = TTLCache(KEPT_S)
"""Access tokens of this process, so that a look need not ask for one first; by a digest of what they come from."""


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


def google_app() -> App | None:
    """This installation's client at Google; None if Google Drive is not offered here."""
    config = settings.CONFIG
    if not config.google_drive:
        return None
    where = Addresses.under(config.google_drive_url) if config.google_drive_url else Addresses()
    return App(config.google_client_id, config.google_client_secret, where)


@contextmanager
def _open_google(connection: Connection) -> Iterator[Source]:
    app = google_app()
    if app is None:
        raise Away("Google Drive is not offered here at present")
    with open_google(app, SECRETS.decrypt(connection.access), connection.scopes.split()) as source:
        yield source


@contextmanager
def open_google(app: App, refresh_token: str, scopes: Collection[str]) -> Iterator[GoogleSource]:
    """A Google Drive, by the token that its owner's consent gave."""
    key = sha256(refresh_token.encode()).hexdigest()
    tokens = _tokens.get(key, lambda: Tokens(app, refresh_token, scopes=scopes))
    with closing(Exchange()) as exchange:
        yield GoogleSource(Client(app, tokens, exchange))


@contextmanager
def _open_folder(connection: Connection) -> Iterator[Source]:
    yield FolderSource(Path(connection.account))


_OPENERS: dict[SourceKind, Callable[[Connection], AbstractContextManager[Source]]] = {
    SourceKind.FOLDER: _open_folder,
    SourceKind.GOOGLE: _open_google,
}
