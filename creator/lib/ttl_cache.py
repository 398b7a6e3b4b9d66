"""A cache inside one process for values that may be a little out of date."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
MAX_ENTRIES = 4096

_caches: WeakSet[TTLCache] = WeakSet()


class TTLCache(Generic[Key, Value]):
    """Caches one value per key for `seconds`, for all threads of the process.

    Several threads may read one key at once.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._values: dict[Key, tuple[float, Value]] = {}
        self._lock = threading.Lock()
        _caches.add(self)

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """Returns the cached value, or calls `read` if there is none or it is too old."""
        now = time.monotonic()
        with self._lock:
            entry = self._values.get(key)
        if entry is not None and now - entry[0] < self.seconds:
            return entry[1]
        value = read()
        self._keep(key, now, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Caches a value that was just read for another reason."""
        self._keep(key, time.monotonic(), value)

    def drop(self, key: Key) -> None:
        """Forgets the value of one key, if there is one."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Empties the cache."""
        with self._lock:
            self._values.clear()

    def _keep(self, key: Key, at: float, value: Value) -> None:
        with self._lock:
            if len(self._values) >= MAX_ENTRIES:
                self._values.clear()
            self._values[key] = (at, value)


def clear_all() -> None:
    """Empties every cache of this process. For tests: each test has its own rows under the same keys."""
    for cache in list(_caches):
        cache.clear()
