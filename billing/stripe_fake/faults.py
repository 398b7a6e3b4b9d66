"""Failures that a proof asks for: a Stripe that is slow, away, or fails before or after it did the work."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["slow", "refused", "500_before", "500_after", "lost_after"]


@dataclass
class Fault:
    """What happens to the next calls of a path.

    - slow: the call takes `seconds` longer
    - refused: the connection is refused
    - 500_before: 500, and nothing was done
    - 500_after: 500 after the work, which is also the stored answer for the idempotency key
    - lost_after: the work is done and its answer stored, but the connection breaks
    """

    kind: Kind
    path: str = "/"
    """Only calls whose path begins so."""
    method: str = ""
    """Only calls of this method; empty: all."""
    times: int | None = 1
    """For so many calls; None: until `clear`."""
    seconds: float = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"no such fault: {self.kind}")


class Faults:
    """The faults that wait for calls. Safe for several threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault for this call, counted."""
        with self._lock:
            for fault in self._waiting:
                if path.startswith(fault.path) and fault.method in ("", method):
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self._waiting.remove(fault)
                    return fault
        return None
