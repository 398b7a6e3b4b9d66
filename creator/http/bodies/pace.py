"""How slowly a body may arrive, and how fast it is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from creator.lib.errors import Refused

PATIENCE_S = 20.0
"""Seconds for which a body may be slower than the least rate, or stand still."""
Receive = Callable[[], Awaitable[Any]]


class TooSlow(Refused):
    """The body did not arrive in time."""

    def __init__(self) -> None:
        super().__init__("too_slow", "This arrived too slowly. Check your connection, then send it again.")


class Pace:
    """Ends a body that takes more than `seconds` in all, or stays below `least_rate` (bytes a second).

    A sender has `patience_s`. Waiting uses it up, and bytes give it back at the least rate, never beyond
    where it began: who sent fast may not stand still for longer afterwards. Only waiting for the sender counts.
    `most_rate`: bytes a second that are read at most; the network makes the sender wait.
    """

    def __init__(
        self,
        receive: Receive,
        *,
        seconds: float,
        least_rate: float,
        patience_s: float | None = None,
        most_rate: float | None = None,
    ) -> None:
        self._receive = receive
        self._left_s = seconds
        self._least_rate = least_rate
        self._most_rate = most_rate
        self._full_s = self._patience_s = PATIENCE_S if patience_s is None else patience_s

    async def next(self) -> Any:
        """The next ASGI message. Raises TooSlow."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(self._patience_s, self._left_s)):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        waited, size = time.monotonic() - began, len(message.get("body", b""))
        self._left_s -= waited
        self._patience_s = min(self._full_s, self._patience_s - waited + size / self._least_rate)
        if self._most_rate and message.get("more_body"):
            await asyncio.sleep(size / self._most_rate)
        return message
