"""Authenticates sockets: pages by their session, programs by their API key, never by both."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import CaseInsensitiveMapping

from accounts.api.authentication import authenticate_headers, given_key
from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused
from jobs.streaming.database import in_database


class KeyOrSession:
    """ASGI middleware. A handshake with an API key goes to `keyed` as the key's owner, even if it carries
    cookies; an invalid key is refused with 401. Every other handshake goes to `session`.
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
            await refuse_handshake(send, refused)
            return
        await self.keyed({**scope, "user": key.owner, "api_key": key}, receive, send)
