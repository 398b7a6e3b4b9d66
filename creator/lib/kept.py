"""Answers kept for a moment in this process, where reading again would cost more than being a little late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.conf import settings

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
MOST_KEPT = 4096


class Kept(Generic[Key, Value]):
    """One value per key for `seconds`, shared by the threads of the process; several may read the same at once.

    In the `test` profile nothing is kept: each test has rows of its own under the same names.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._values: dict[Key, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """The value, from `read` when there is none or it is too old."""
        now = time.monotonic()
        with self._lock:
            kept = self._values.get(key)
        if kept is not None and now - kept[0] < self.seconds:
            return kept[1]
        value = read()
        if settings.CONFIG.environment != "test":
            with self._lock:
                if len(self._values) >= MOST_KEPT:
                    self._values.clear()
                self._values[key] = (now, value)
        return value

    def forget(self) -> None:
        """The next `get` of any key reads."""
        with self._lock:
            self._values.clear()
