"""Bounds request bodies at the door: a body that is too large is refused while it arrives, not after."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from creator.lib.errors import envelope

MIB = 1024 * 1024
FORM_OVERHEAD = MIB


class TooLarge(Exception):
    """More bytes came than this path takes."""


def limit_of(path: str) -> int:
    """Bytes a body may have: one photo for /uploads/, a batch for the form without JavaScript, 1 MiB elsewhere."""
    photo = settings.CONFIG.max_upload_mib * MIB
    if path == "/uploads/":
        return photo + FORM_OVERHEAD
    if path == "/new/":
        return photo * 10 + FORM_OVERHEAD
    return MIB


class BodyLimit:
    """ASGI middleware; answers 413 in the error envelope."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        limit = limit_of(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await refuse(send, limit)
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
                await refuse(send, limit)


async def refuse(send: Any, limit: int) -> None:
    words = f"This is larger than {limit // MIB} MB, the most that is accepted here."
    body = json.dumps(envelope("body_too_large", words)).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"connection", b"close"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
