"""What every socket needs before an app sees it: the right origin, and refusals with a status instead of silence."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


class SameOrigin:
    """Refuses a handshake that another site's page started, or that names no origin (403)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if urlsplit(origin).netloc != headers.get(b"host", b"").decode("latin-1") or not origin:
            await refuse_handshake(send, 403)
            return
        await self.app(scope, receive, send)


async def refuse_handshake(send: Any, status: int) -> None:
    """Answers the handshake with an HTTP status (ASGI extension `websocket.http.response`)."""
    await send(
        {"type": "websocket.http.response.start", "status": status, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "websocket.http.response.body", "body": b""})
