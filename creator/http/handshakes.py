"""Checks origin and host of every socket handshake before an app sees it."""

from __future__ import annotations

from typing import Any

from creator.http.hosts import is_ours
from creator.http.nul import NUL_IN_COOKIE, holds_nul_cookie
from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused

PAGES = {"ws": "http", "wss": "https"}
"""The scheme of a socket, and that of the pages which may open it."""


class SameOrigin:
    """Refuses (403) a handshake from another site's page, or for a host name that is not ours.

    Scheme, name and port of the page must be the site's (RFC 6454, 5). Browsers always send an origin. With
    `required` False, a client without one is let in; only programs omit it.
    """

    def __init__(self, app: Any, *, required: bool = True) -> None:
        self.app = app
        self.required = required

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        if holds_nul_cookie(headers.get(b"cookie", b"").decode("latin-1")):
            await refuse_handshake(send, NUL_IN_COOKIE)
            return
        origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
        own = f"{PAGES[scope.get('scheme', 'ws')]}://{host}"
        foreign = origin.lower() != own.lower() if origin or self.required else False
        client, _ = scope.get("client") or ("", 0)
        if foreign or not is_ours(host, client):
            await refuse_handshake(
                send, Refused("not_allowed", "This socket can only be opened from this site.")
            )
            return
        await self.app(scope, receive, send)
