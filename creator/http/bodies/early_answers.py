"""Answers that are sent while the request's body is still arriving, or without one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from creator.http.bodies.pace import Pace, Receive, TooSlow

DRAINED_BYTES = 64 * 1024 * 1024
DRAINED_S = 10.0
SILENT_S = 1.0
LEAST_RATE = 64 * 1024
UNKNOWN_SENDER_RATE = 8 * 1024 * 1024
"""Bytes a second that are read of what is dropped, and of senders who are not known."""


async def answer_early(
    app: Any, scope: Any, receive: Receive, send: Any, *, drained_s: float = DRAINED_S
) -> None:
    """Has `app` answer as if the body were empty, and closes the connection.

    Before that it reads a bounded rest of the body and drops it. Many clients read no answer before they have
    sent everything, and a connection that is closed while bytes arrive is reset, which can take the answer with
    it (RFC 9112, section 9.6). A client that reads it at once has it all and may stop sending. `drained_s`: for
    how many seconds it reads on at most.
    """

    async def send_then_drain(message: Any) -> None:
        if message["type"] == "http.response.start":
            await send({**message, "headers": [*message["headers"], (b"connection", b"close")]})
        elif message.get("more_body"):
            await send(message)
        else:
            await send({**message, "more_body": True})
            await _drain(receive, drained_s)
            await send({"type": "http.response.body"})

    await app(scope, after_body(asyncio.Event().wait), send_then_drain)


def after_body(receive: Receive) -> Receive:
    """What the app receives when its body has been read already: nothing, then what follows."""
    is_told = False

    async def receive_after_body() -> Any:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive_after_body


async def _drain(receive: Receive, seconds: float) -> None:
    """Reads on until the body ends, the sender is silent, or it is enough."""
    pace = Pace(
        receive, seconds=seconds, least_rate=LEAST_RATE, patience_s=SILENT_S, most_rate=UNKNOWN_SENDER_RATE
    )
    left = DRAINED_BYTES
    with suppress(TooSlow):
        while left > 0 and (message := await pace.next()).get("more_body"):
            left -= len(message["body"])
