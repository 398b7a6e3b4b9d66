"""Answers that are ready and wait before they are sent, as `Prefer: wait` asks for; no thread waits with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http.response import HttpResponseBase

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer", bound=HttpResponseBase)
Wait = Callable[[], Awaitable[None]]
_WAIT = "creator_wait"


def send_after(answer: Answer, wait: Wait) -> Answer:
    """Has the server await `wait()` before it sends the answer, which `wait` may change until then.

    It runs after all middleware, on the event loop, and is cancelled when the client goes. Only an ASGI server
    waits; Django's test client does not.
    """
    setattr(answer, _WAIT, wait)
    return answer


async def finish_waiting(answer: HttpResponseBase) -> None:
    """Awaits what the answer waits for, without the request's database connection. The answer is sent in any case."""
    wait: Wait | None = getattr(answer, _WAIT, None)
    if wait is None:
        return
    await sync_to_async(close_old_connections)()  # in the request's own thread
    try:
        await wait()
    except Exception:
        log.exception("answer_not_awaited")  # what was asked for is done: the answer is as true as before
