"""Checks origin and host of every socket handshake before an app sees it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused


class SameOrigin:
    """Refuses (403) a handshake from another site's page, or for a host name that is not ours.

    Browsers always send an origin. With `required` False, a client without one is let in; only programs omit
    it.
    """

    def __init__(self, app: Any, *, required: bool = True) -> None:
        self.app = app
        self.required = required

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
        foreign = _netloc(origin) != host if origin or self.required else False
        if foreign or not _is_ours(host):
            await refuse_handshake(
                send, Refused("not_allowed", "This socket can only be opened from this site.")
            )
            return
        await self.app(scope, receive, send)


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # e.g. "http://["
        return ""


def _is_ours(host: str) -> bool:
    """Django's own host check for pages: refuses a foreign name that resolves to this machine."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
