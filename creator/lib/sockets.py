"""What every socket needs before an app sees it: the right origin, and refusals with a status instead of silence."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host


class SameOrigin:
    """Refuses a handshake that another site's page started, or to a host that is not ours (403).

    Browsers always name an origin; `required` False lets in who names none, which only programs do.
    """

    def __init__(self, app: Any, *, required: bool = True) -> None:
        self.app = app
        self.required = required

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
        foreign = _netloc(origin) != host if origin or self.required else False
        if foreign or not _is_ours(host):
            await refuse_handshake(send, 403)
            return
        await self.app(scope, receive, send)


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # e.g. "http://["
        return ""


def _is_ours(host: str) -> bool:
    """As Django holds it for pages: a foreign name that was made to point here is not the site."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


async def refuse_handshake(send: Any, status: int) -> None:
    """Answers the handshake with an HTTP status (ASGI extension `websocket.http.response`)."""
    await send(
        {"type": "websocket.http.response.start", "status": status, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "websocket.http.response.body", "body": b""})
