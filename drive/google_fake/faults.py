"""Failures that a test asks for: Google answers with an error, before or after it did the work."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from drive.google_fake.errors import GoogleError


@dataclass
class Fault:
    """What happens to the next `times` calls whose method is this one and whose path begins so."""

    status: int
    reason: str = "backendError"
    method: str = "GET"
    path: str = "/"
    times: int = 1
    is_after: bool = False
    """Whether the work is done before the error is answered."""


class Faults:
    """The faults that wait for calls. Safe for several threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def meet(self, method: str, path: str, *, is_after: bool) -> None:
        """Raise the `GoogleError` of the first fault for this call, counted, or nothing."""
        with self._lock:
            for fault in self._waiting:
                if (fault.method, fault.is_after) == (method, is_after) and path.startswith(fault.path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    raise GoogleError(fault.status, fault.reason, fault.reason)
