"""Reading rows from the event loop: a few threads serve all watchers of the process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.db import DatabaseSyncToAsync

THREADS = 4
# Not the one thread that asgiref keeps for a request: a stream lasts for minutes, and so would its thread.
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="streaming-rows")


def in_database(call: Callable[..., Any]) -> Any:
    """`await in_database(call)(…)` runs `call` in one of the threads; its connection goes back afterwards."""
    return DatabaseSyncToAsync(call, thread_sensitive=False, executor=_pool)
