"""The fair queue as coroutines wait in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jobs.decoders.fair_queue import FairQueue, Place


class Turns:
    """`async with turns.of(person)` waits for a turn and ends it, or gives the place up if it is cancelled."""

    def __init__(self, slots: int) -> None:
        self._queue = FairQueue(slots)
        self._called: dict[Place, asyncio.Event] = {}

    @asynccontextmanager
    async def of(self, person: str) -> AsyncIterator[None]:
        place = self._queue.join(person, time.monotonic())
        called = self._called[place] = asyncio.Event()
        try:
            self._call()
            await called.wait()
            yield
        finally:
            del self._called[place]
            self._queue.leave(place, time.monotonic())
            self._call()

    def _call(self) -> None:
        while place := self._queue.call(time.monotonic()):
            self._called[place].set()
