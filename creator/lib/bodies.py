"""Bounds request bodies at the door: a body that is too large is refused while it arrives, not after."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.conf import settings

from creator.lib.bare_page import bare_page
from creator.lib.errors import envelope
from creator.lib.logs import shown_path
from creator.lib.request_id import HEADER, request_id_from

log = structlog.get_logger("creator.request")
MIB = 1024 * 1024
FORM_OVERHEAD = MIB
TOO_LARGE = 413


class TooLarge(Exception):
    """More bytes came than this path takes."""


def usable_of(path: str) -> int:
    """Bytes that can be sent: one photo as an upload, a batch in the form without JavaScript, 1 MiB elsewhere."""
    photo = settings.CONFIG.max_upload_mib * MIB
    return {"/uploads/": photo, "/api/v1/uploads": photo, "/new/": photo * 10}.get(path, MIB)


def limit_of(path: str) -> int:
    """Bytes a body may have: what people can send, and around photos the rest of their form."""
    usable = usable_of(path)
    return usable if usable == MIB else usable + FORM_OVERHEAD


class BodyLimit:
    """ASGI middleware; answers 413: a page for browsers, the error envelope for everybody else."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        limit = limit_of(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await refuse(scope, send)
            return
        counted = 0
        started = False

        async def bounded_receive() -> Any:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > limit:
                raise TooLarge
            return message

        async def watched_send(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, bounded_receive, watched_send)
        except TooLarge:
            if not started:
                await refuse(scope, send)


async def refuse(scope: Any, send: Any) -> None:
    """The answer and the log line that the request would have had further in."""
    given = dict(scope["headers"])
    request_id = request_id_from(given.get(HEADER.lower().encode(), b"").decode("latin-1"))
    words = f"This is larger than {usable_of(scope['path']) // MIB} MB, the most that is accepted here."
    kind, body = "application/json", json.dumps(envelope("body_too_large", words, request_id=request_id))
    if not scope["path"].startswith("/api/") and b"text/html" in given.get(b"accept", b""):
        kind, body = "text/html; charset=utf-8", bare_page("Too large", words, request_id=request_id)
    headers = [
        (b"content-type", kind.encode()),
        (b"content-security-policy", b"default-src 'none'; style-src 'self'; font-src 'self'"),
        (b"connection", b"close"),
        (b"x-content-type-options", b"nosniff"),
        (HEADER.lower().encode(), request_id.encode()),
    ]
    log.info(
        "request",
        request_id=request_id,
        method=scope["method"],
        path=shown_path(scope["path"]),
        status=TOO_LARGE,
    )
    await send({"type": "http.response.start", "status": TOO_LARGE, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
