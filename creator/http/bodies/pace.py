"""How slowly a body may arrive."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from creator.http.bodies.early_answers import Receive
from creator.lib.errors import Refused

TOO_SLOW = "too_slow"
PATIENCE_S = 20.0
"""Seconds for which a body may be slower than the least rate, or stand still."""


class Pace:
    """Ends a body that takes more than `seconds` in all, or stays below `least_rate` (bytes a second).

    A sender has PATIENCE_S. Waiting uses it up, and bytes give it back at the least rate, never beyond
    PATIENCE_S: who sent fast may not stand still for longer afterwards. Only waiting for the sender counts.
    """

    def __init__(self, receive: Receive, *, seconds: float, least_rate: float) -> None:
        self._receive = receive
        self._least_rate = least_rate
        self._patience_s = PATIENCE_S
        self._left_s = seconds

    async def next(self) -> Any:
        """The next ASGI message. Raises Refused `too_slow`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(self._patience_s, self._left_s)):
                message = await self._receive()
        except TimeoutError:
            words = "This arrived too slowly. Check your connection, then send it again."
            raise Refused(TOO_SLOW, words) from None
        waited = time.monotonic() - began
        earned = len(message.get("body", b"")) / self._least_rate
        self._left_s -= waited
        self._patience_s = min(PATIENCE_S, self._patience_s - waited + earned)
        return message
