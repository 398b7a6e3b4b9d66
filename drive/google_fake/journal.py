"""What was asked of the fake Google: for tests that count calls."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One call: its name in Drive's own words, as `files.create`, and the status of the answer."""

    operation: str
    method: str
    path: str
    status: int


class Journal:
    """The calls in order, without their queries, headers and bodies, which hold tokens. Safe for several threads."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Note a call."""
        with self._lock:
            self._entries.append(entry)

    def counts(self) -> dict[str, int]:
        """How many calls each operation had, refused ones included."""
        with self._lock:
            return dict(Counter(each.operation for each in self._entries))

    def shown(self) -> dict[str, Any]:
        """The counts and all entries."""
        with self._lock:
            entries = [vars(each) for each in self._entries]
        return {"counts": self.counts(), "calls": entries}

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()
