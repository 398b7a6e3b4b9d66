"""The access token: kept in memory, renewed before it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from threading import Lock

from drive.sources.google.exchange import Exchange
from drive.sources.google.oauth import SCOPES, App, refresh

EARLY_S = 60
"""A token that has less time left is renewed first: a call may take a while to reach Google."""


class Tokens:
    """The access of one connection. Threads may share it."""

    def __init__(
        self,
        app: App,
        refresh_token: str,
        *,
        scopes: Collection[str] = SCOPES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`scopes` are those that were granted. `now` in seconds, replaced in tests."""
        self._app, self._refresh_token, self._now = app, refresh_token, now
        self._scopes = frozenset(scopes)
        self._lock = Lock()
        self._access_token = ""
        self._until = 0.0

    @property
    def scopes(self) -> frozenset[str]:
        """The granted scopes, as Google said last."""
        return self._scopes

    def access_token(self, exchange: Exchange, *, instead_of: str = "") -> str:
        """A token that is good for a while. `instead_of`: one that Google has refused.

        Raises `AccessLost` if the access was revoked, `Away`.
        """
        with self._lock:
            is_good = self._access_token and self._access_token != instead_of
            if not is_good or self._now() > self._until:
                self._renew(exchange)
            return self._access_token

    def _renew(self, exchange: Exchange) -> None:
        grant = refresh(exchange, self._app, refresh_token=self._refresh_token)
        self._access_token = grant.access_token
        self._until = self._now() + grant.expires_in_s - EARLY_S
        self._scopes = grant.scopes or self._scopes
