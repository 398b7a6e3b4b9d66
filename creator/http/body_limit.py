"""Limits the size of request bodies: refuses a body that is too large while it is still arriving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from creator.http.log_filter import loggable_path
from creator.http.refusals import send_refusal
from creator.http.request_id import HEADER, request_id_from
from creator.lib.errors import Refused

log = structlog.get_logger("creator.request")
MIB = 1024 * 1024
FORM_OVERHEAD = MIB
"""Bytes that a form may have in addition to its files."""


class TooLarge(Exception):
    """More bytes came than this path accepts."""


class BodyLimit:
    """ASGI middleware that answers 413.

    `larger()` maps paths to the bytes of files they accept; all others accept 1 MiB.
    """

    def __init__(self, app: Any, larger: Callable[[], Mapping[str, int]]) -> None:
        self.app = app
        self.larger = larger

    def limit_of(self, path: str) -> int:
        """The most bytes of a body: the files and the rest of their form."""
        files = self.larger().get(path)
        return MIB if files is None else files + FORM_OVERHEAD

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        limit = self.limit_of(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await self.refuse(scope, send)
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
                await self.refuse(scope, send)

    async def refuse(self, scope: Any, send: Any) -> None:
        """Sends the 413, and writes the log line that Django would have written for the request."""
        path = scope["path"]
        given = dict(scope["headers"]).get(HEADER.lower().encode(), b"").decode("latin-1")
        request_id = request_id_from(given)
        most = self.larger().get(path, MIB) // MIB
        refused = Refused(
            "body_too_large",
            f"This is larger than {most} MB, the most that is accepted here. Send less at a time.",
            headers={HEADER: request_id},
        )
        log.info(
            "request",
            request_id=request_id,
            method=scope["method"],
            path=loggable_path(path),
            status=refused.status,
        )
        await send_refusal(scope, send, refused, request_id=request_id)
