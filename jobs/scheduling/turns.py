"""How the threads of one process keep out of each other's way, and what they remember of jobs they overtook.

Rows decide who gets what; this only saves claims that would be lost for certain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Hashable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from jobs.lifecycle import Placement
from jobs.scheduling.placement import MOST_PASSED

MOST_REMEMBERED = 2048


class Turns:
    """Which jobs and slots are being claimed in this process, or were since a moment; how often jobs were overtaken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[Hashable] = set()
        self._ended: dict[Hashable, float] = {}
        self._passed: dict[UUID, int] = {}

    @contextmanager
    def take(self, placement: Placement, *, seen_at: float, passed: Collection[UUID] = ()) -> Iterator[bool]:
        """True: job and slot are this thread's to claim until the end of the block; `passed` are counted as overtaken.

        False: another thread has one of them in hand, or ended with it after `seen_at` (by `time.monotonic`), so that
        what the caller read is out of date; or one of `passed` was overtaken MOST_PASSED times by now.
        """
        keys: set[Hashable] = {placement.job_id, (placement.node_id, placement.slot)}
        with self._lock:
            free = (
                not keys & self._busy
                and all(self._ended.get(key, 0.0) < seen_at for key in keys)
                and all(self.times_passed(job_id) < MOST_PASSED for job_id in passed)
            )
            if free:
                self._busy |= keys
                self._note_passed(passed)
        try:
            yield free
        finally:
            if free:
                self._end(keys)

    def _end(self, keys: set[Hashable]) -> None:
        with self._lock:
            self._busy -= keys
            if len(self._ended) > MOST_REMEMBERED:
                self._ended.clear()
            self._ended.update(dict.fromkeys(keys, time.monotonic()))

    def _note_passed(self, job_ids: Iterable[UUID]) -> None:
        """Counted before the claim, so that no two threads can both be the last; a claim that is lost counts too."""
        for job_id in job_ids:
            self._passed[job_id] = self._passed.pop(job_id, 0) + 1
        while len(self._passed) > MOST_REMEMBERED:
            self._passed.pop(next(iter(self._passed)))

    def times_passed(self, job_id: UUID) -> int:
        """How often this process let another job go before it for what a node had loaded."""
        return self._passed.get(job_id, 0)


turns = Turns()
