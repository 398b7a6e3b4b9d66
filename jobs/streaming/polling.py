"""One query per process for all watchers, instead of one query per watcher, every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import structlog
from django.db import Error

from jobs.streaming.database import in_database

log = structlog.get_logger(__name__)
POLL_EVERY_S = 3.0
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(eq=False)
class Seen(Generic[K, V]):
    """What one watcher knows of its key; the poll calls `changed` on the event loop when the rows differ."""

    key: K
    value: V | None
    changed: Callable[[], None]


class SharedPoll(Generic[K, V]):
    """Reads the current values of all watched keys every `slower` × POLL_EVERY_S seconds.

    `ask` runs in a thread. A key that it leaves out has the value None.
    """

    def __init__(self, ask: Callable[[Collection[K]], Mapping[K, V]], *, slower: float = 1) -> None:
        self.ask = ask
        self.slower = slower
        self._watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, set[Seen[K, V]]] = WeakKeyDictionary()
        self._tasks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()

    def watchers(self) -> set[Seen[K, V]]:
        """The watchers of the running event loop."""
        return self._watchers.setdefault(asyncio.get_running_loop(), set())

    @contextmanager
    def watching(self, key: K, value: V | None, changed: Callable[[], None]) -> Iterator[Seen[K, V]]:
        """Within the context, calls `changed` whenever the current value differs from the yielded `value`."""
        loop = asyncio.get_running_loop()
        watchers = self.watchers()
        seen = Seen(key, value, changed)
        watchers.add(seen)
        if loop not in self._tasks:
            self._tasks[loop] = loop.create_task(self._poll(loop, watchers))
        try:
            yield seen
        finally:
            watchers.discard(seen)

    async def _poll(self, loop: asyncio.AbstractEventLoop, watchers: set[Seen[K, V]]) -> None:
        try:
            while watchers:
                await asyncio.sleep(POLL_EVERY_S * self.slower)
                await self._look(watchers)
        finally:
            del self._tasks[loop]

    async def _look(self, watchers: set[Seen[K, V]]) -> None:
        keys = {seen.key for seen in watchers}
        if not keys:
            return
        try:
            present = await in_database(self.ask)(keys)
        except Error as error:  # the next poll tries again; watchers keep their last value
            log.warning("round_failed", asked=self.ask.__name__, reason=str(error))
            return
        for seen in [seen for seen in watchers if seen.key in keys]:
            value = present.get(seen.key)
            if value != seen.value:
                seen.value = value
                seen.changed()
