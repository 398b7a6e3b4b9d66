"""One look for all watchers of a process: what they would each ask every few seconds is asked once, for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import structlog
from django.db import Error

from jobs.streaming.rows import in_database

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 3.0
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(eq=False)
class Seen(Generic[K, V]):
    """What one watcher knows of its key; `changed` is called on the loop when the rows say otherwise."""

    key: K
    value: V | None
    changed: Callable[[], None]


class Round(Generic[K, V]):
    """Asks for the present of all keys that are watched, `slower` times LOOK_EVERY_S apart.

    `ask` runs in a thread and leaves out keys that are not there: their present is None.
    """

    def __init__(self, ask: Callable[[Collection[K]], Mapping[K, V]], *, slower: int = 1) -> None:
        self.ask = ask
        self.slower = slower
        self._watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, set[Seen[K, V]]] = WeakKeyDictionary()
        self._tasks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()

    def watchers(self) -> set[Seen[K, V]]:
        """Those of the running loop."""
        return self._watchers.setdefault(asyncio.get_running_loop(), set())

    @contextmanager
    def watching(self, key: K, value: V | None, changed: Callable[[], None]) -> Iterator[Seen[K, V]]:
        """Inside, `changed` is called whenever the present differs from `value` of what this yields."""
        loop = asyncio.get_running_loop()
        watchers = self.watchers()
        seen = Seen(key, value, changed)
        watchers.add(seen)
        if loop not in self._tasks:
            self._tasks[loop] = loop.create_task(self._go_round(loop, watchers))
        try:
            yield seen
        finally:
            watchers.discard(seen)

    async def _go_round(self, loop: asyncio.AbstractEventLoop, watchers: set[Seen[K, V]]) -> None:
        try:
            while watchers:
                await asyncio.sleep(LOOK_EVERY_S * self.slower)
                await self._look(watchers)
        finally:
            del self._tasks[loop]

    async def _look(self, watchers: set[Seen[K, V]]) -> None:
        keys = {seen.key for seen in watchers}
        if not keys:
            return
        try:
            present = await in_database(self.ask)(keys)
        except Error as error:  # the next round asks again; watchers keep what they know
            log.warning("round_failed", asked=self.ask.__name__, reason=str(error))
            return
        for seen in [seen for seen in watchers if seen.key in keys]:
            value = present.get(seen.key)
            if value != seen.value:
                seen.value = value
                seen.changed()
