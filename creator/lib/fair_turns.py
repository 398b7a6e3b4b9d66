"""Turns at something scarce, fairly between those who wait: one busy person delays another by a turn, not by a queue."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class FairTurns:
    """At most `places` turns at once, and `each` of one key; the keys that wait take turns, one after the other.

    For one event loop.
    """

    def __init__(self, places: int, each: int) -> None:
        self.each = each
        self._free = places
        self._taken: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Waits for a turn of `key`, and ends it with the block."""
        await self._enter(key)
        try:
            yield
        finally:
            self._leave(key)

    async def _enter(self, key: Hashable) -> None:
        if key not in self._waiting and self._may_begin(key):
            self._begin(key)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the turn came together with the cancellation
                self._leave(key)
            raise

    def _may_begin(self, key: Hashable) -> bool:
        return self._free > 0 and self._taken[key] < self.each

    def _begin(self, key: Hashable) -> None:
        self._free -= 1
        self._taken[key] += 1

    def _leave(self, key: Hashable) -> None:
        self._free += 1
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
        for each in list(self._waiting):
            if not self._free:
                return
            if self._may_begin(each):
                self._give(each)

    def _give(self, key: Hashable) -> None:
        """Begins the turn that waits longest of the key, which then stands behind the others."""
        queue = self._waiting.pop(key)
        while queue:
            turn = queue.popleft()
            if not turn.done():
                self._begin(key)
                turn.set_result(None)
                break
        if queue:
            self._waiting[key] = queue
