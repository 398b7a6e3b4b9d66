"""Reads rows from the event loop: a small thread pool serves all watchers of the process, in fair turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import DatabaseSyncToAsync

from creator.lib.fair_turns import FairTurns

THREADS = 4
THREADS_OF_ONE = 1
"""Reads of one person at a time: more would only compete for the interpreter, with those of others too."""
# A separate pool: asgiref dedicates a thread to each request, and a stream would occupy it for minutes.
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="streaming-rows")
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, FairTurns] = WeakKeyDictionary()
_who: ContextVar[Hashable] = ContextVar("who", default=None)


def take_turns_as(who: Hashable) -> None:
    """From here on, what this task and its children read counts as reads of `who`."""
    _who.set(who)


def in_database(call: Callable[..., Any]) -> Callable[..., Any]:
    """`await in_database(call)(…)` runs `call` in a pool thread, then releases its database connection.

    Those who wait for a thread take turns: one person with hundreds of sockets delays another by one read.
    """
    run = DatabaseSyncToAsync(call, thread_sensitive=False, executor=_pool)

    async def in_turn(*arguments: Any, **named: Any) -> Any:
        loop = asyncio.get_running_loop()
        turns = _turns.get(loop) or _turns.setdefault(loop, FairTurns(THREADS, THREADS_OF_ONE))
        async with turns.turn(_who.get()):
            return await run(*arguments, **named)

    return in_turn
