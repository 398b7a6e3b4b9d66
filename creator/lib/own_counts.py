"""Counts in an exact moving window, in this process's memory: as the scripts of `limits` do in Redis.

The package's own storage in memory starts a thread for each count, which costs more than the count.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Hashable

MOST_KEYS = 4096


class OwnCounts:
    """The times of what was counted, oldest first, for each key and period. All threads may use one object."""

    def __init__(self) -> None:
        self._times: dict[tuple[Hashable, int], deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, *, most: int, period_s: int, cost: int) -> bool:
        """Counts `cost` more if at most `most` are then counted within `period_s`. False: nothing was counted."""
        with self._lock:
            times = self._within((key, period_s))
            if len(times) + cost > most:
                return False
            if len(self._times) >= MOST_KEYS:
                self._forget()
            self._times[key, period_s] = times
            times.extend([time.time()] * cost)
            return True

    def look(self, key: Hashable, *, period_s: int) -> tuple[int, float]:
        """How many are counted, and the time (seconds since 1970) at which the oldest of them drops out."""
        with self._lock:
            times = self._within((key, period_s))
            return len(times), (times[0] if times else time.time()) + period_s

    def forget(self, who: str) -> int:
        """Drops all keys that have `who` in them, and returns how many."""
        with self._lock:
            mine = [key for key in self._times if isinstance(key[0], tuple) and who in key[0]]
            for key in mine:
                del self._times[key]
        return len(mine)

    def _within(self, key: tuple[Hashable, int]) -> deque[float]:
        times, oldest = self._times.get(key, deque()), time.time() - key[1]
        while times and times[0] < oldest:
            times.popleft()
        return times

    def _forget(self) -> None:
        """Drops the keys of which nothing is counted any more."""
        self._times = {key: times for key in self._times if (times := self._within(key))}
