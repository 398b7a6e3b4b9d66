"""Two ways to open a socket: a page by its session, a program by its API key. Nobody comes in by both."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import CaseInsensitiveMapping

from accounts.api_auth import authenticate_headers, given_key
from creator.lib.errors import Refused
from creator.lib.sockets import refuse_handshake
from jobs.streaming.rows import in_database


class KeyOrSession:
    """Handshakes with an API key go to `keyed` as its owner, whatever cookies they carry; a key that does not work is
    refused with 401. All others go to `session`.
    """

    def __init__(self, *, keyed: Any, session: Any) -> None:
        self.keyed = keyed
        self.session = session

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = CaseInsensitiveMapping(
            {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        )
        if not given_key(headers):
            await self.session(scope, receive, send)
            return
        try:
            key = await in_database(authenticate_headers)(headers)
        except Refused as refused:
            await refuse_handshake(send, refused.status)
            return
        await self.keyed({**scope, "user": key.owner, "api_key": key}, receive, send)
