"""What an attack measures: the memory of processes, and how long honest people wait meanwhile.

`make attack` runs every attack on this checkout and prints its figures; `make attack TREE=../before` does so
on another checkout with a built `.venv`. An attack reports first and asserts then, so that an older product
has figures too. It asserts outcomes and ratios, never seconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.rows import percentile

TREE = Path(os.environ["ATTACKED_TREE"]).resolve() if os.environ.get("ATTACKED_TREE") else None
"""The checkout whose product is attacked; None: this one."""
LOOK_S = 0.05
MIB = 1024**2


class Memory:
    """Megabytes (2^20 bytes) of a process and its children: `before` the block, and at their `peak`."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.before = self.peak = self.now()

    def now(self) -> float:
        """Proportional set size, which counts memory that processes share once."""
        total = 0
        for each in (self._process, *self._process.children(recursive=True)):
            try:
                total += each.memory_full_info().pss
            except psutil.Error:  # it has ended meanwhile
                continue
        return total / MIB

    @property
    def growth(self) -> float:
        return self.peak - self.before


@contextmanager
def watching_memory(pid: int) -> Iterator[Memory]:
    """Within the block, looks at the memory of the process and its children every LOOK_S."""
    memory, ended = Memory(pid), threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_S):
            memory.peak = max(memory.peak, memory.now())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()


def time_each(act: Callable[[], object], count: int) -> list[float]:
    """Calls `act` so many times, one after the other; returns the seconds of each call."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return taken


def p95(seconds: list[float]) -> float:
    return percentile(seconds, 95)
