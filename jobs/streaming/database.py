"""Reads rows from the event loop: a small thread pool serves all watchers of the process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.db import DatabaseSyncToAsync

THREADS = 4
# A separate pool: asgiref dedicates a thread to each request, and a stream would occupy it for minutes.
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="streaming-rows")


def in_database(call: Callable[..., Any]) -> Any:
    """`await in_database(call)(…)` runs `call` in a pool thread, then releases its database connection."""
    return DatabaseSyncToAsync(call, thread_sensitive=False, executor=_pool)
