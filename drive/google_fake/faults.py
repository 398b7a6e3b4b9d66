"""Failures that a test asks for: Google answers with an error, or not at all, before or after it did the work."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from drive.google_fake.calls import Call
from drive.google_fake.errors import GoogleError

NO_ANSWER = 0


class Broken(Exception):
    """The connection ends without an answer."""


@dataclass
class Fault:
    """What happens to the next `times` calls whose method is this one and whose path begins so.

    `status` 0: the connection breaks without an answer. `retry_after_s`: what the header `Retry-After` says.
    """

    status: int
    reason: str = "backendError"
    method: str = "GET"
    path: str = "/"
    times: int = 1
    is_after: bool = False
    """Whether the work is done before the error is answered."""
    retry_after_s: int | None = None


class Faults:
    """The faults that wait for calls. Safe for several threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let a fault wait for its calls."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all that wait."""
        with self._lock:
            self._waiting.clear()

    def meet(self, call: Call, *, is_after: bool) -> None:
        """Raise what the first fault for this call asks for, counted, or nothing: `GoogleError` or `Broken`."""
        with self._lock:
            for fault in self._waiting:
                if (fault.method, fault.is_after) == (call.method, is_after) and call.path.startswith(
                    fault.path
                ):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    raise _error(fault)


def _error(fault: Fault) -> GoogleError | Broken:
    if fault.status == NO_ANSWER:
        return Broken()
    return GoogleError(fault.status, fault.reason, fault.reason, retry_after_s=fault.retry_after_s)
