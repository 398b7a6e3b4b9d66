"""The prompt queue and the history. Both are in memory only and end with the process."""

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HISTORY_LIMIT = 10_000
IDLE_SECONDS = 20.0


@dataclass
class Prompt:
    """One accepted prompt. Lower numbers run first; ties are broken by id."""

    number: float
    id: str
    graph: dict[str, Any]
    extra_data: dict[str, Any]
    outputs: list[str]

    @property
    def client_id(self) -> str | None:
        return self.extra_data.get("client_id")

    def __lt__(self, other: "Prompt") -> bool:
        return (self.number, self.id) < (other.number, other.id)

    def as_row(self) -> list[Any]:
        return [self.number, self.id, self.graph, self.extra_data, self.outputs]


@dataclass
class Result:
    """How a prompt ended: "success" or "error", its messages, and the `ui` data of its output nodes."""

    status: str
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def as_row(self, prompt: Prompt) -> dict[str, Any]:
        status = {
            "status_str": self.status,
            "completed": self.status == "success",
            "messages": [list(message) for message in self.messages],
        }
        return {"prompt": prompt.as_row(), "outputs": self.outputs, "status": status, "meta": self.meta}


class DuplicateNumberError(Exception):
    """A waiting prompt has the same prompt_id and number. The real server's queue fails on this too."""


class Prompts:
    """The waiting, running and finished prompts. Every method may be called from any thread.

    It calls `changed`, without holding the lock, whenever the number of unfinished prompts may have changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Condition()
        self._pending: list[Prompt] = []
        self._running: Prompt | None = None
        self._history: dict[str, dict[str, Any]] = {}
        self._counter = 0

    def take_number(self) -> int:
        """0, 1, 2, ... A refused prompt uses up a number too."""
        with self._lock:
            self._counter += 1
            return self._counter - 1

    def put(self, prompt: Prompt) -> None:
        with self._lock:
            if any((other.number, other.id) == (prompt.number, prompt.id) for other in self._pending):
                raise DuplicateNumberError(prompt.id)
            heapq.heappush(self._pending, prompt)
            self._lock.notify()
        self._changed()

    def take(self, when_idle: Callable[[], None] = lambda: None) -> Prompt:
        """Wait for the next prompt, which counts as running until `finish`. Calls `when_idle` after `IDLE_SECONDS`."""
        with self._lock:
            if not self._lock.wait_for(lambda: bool(self._pending), IDLE_SECONDS):
                when_idle()
                self._lock.wait_for(lambda: bool(self._pending))
            self._running = prompt = heapq.heappop(self._pending)
        self._changed()
        return prompt

    def finish(self, prompt: Prompt, result: Result) -> None:
        with self._lock:
            while len(self._history) >= HISTORY_LIMIT:
                self._history.pop(next(iter(self._history)))
            # A second run under the same id replaces the first.
            self._history.pop(prompt.id, None)
            self._history[prompt.id] = result.as_row(prompt)
            self._running = None
        self._changed()

    def remaining(self) -> int:
        with self._lock:
            return len(self._pending) + (self._running is not None)

    def snapshot(self) -> tuple[list[Prompt], list[Prompt]]:
        """The running prompt, and the waiting ones in heap order."""
        with self._lock:
            return [self._running] if self._running else [], list(self._pending)

    def snapshot_all(self) -> tuple[list[Prompt], list[Prompt], dict[str, dict[str, Any]]]:
        """The same plus the history, read at one moment: a prompt that moves between them is not missed."""
        with self._lock:
            running = [self._running] if self._running else []
            return running, list(self._pending), dict(self._history)

    def delete(self, prompt_id: str) -> bool:
        """Remove the first waiting prompt with that id. Returns whether there was one."""
        with self._lock:
            index = next((i for i, prompt in enumerate(self._pending) if prompt.id == prompt_id), None)
            if index is None:
                return False
            del self._pending[index]
            heapq.heapify(self._pending)
        self._changed()
        return True

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()
        self._changed()

    def if_running(self, prompt_id: str, act: Callable[[], None]) -> bool:
        """Call `act` if this prompt runs; no other prompt can start during the call. Returns whether it runs."""
        with self._lock:
            if self._running is None or self._running.id != prompt_id:
                return False
            act()
            return True

    def history(self, max_items: int | None = None, offset: int = -1) -> dict[str, dict[str, Any]]:
        """The newest `max_items` rows, or those from `offset` on, counted from the oldest."""
        with self._lock:
            rows = list(self._history.items())
        if max_items is not None:
            start = len(rows) - max_items if offset < 0 else offset
            rows = rows[max(0, start) : max(0, start) + max_items]
        return dict(rows)

    def history_row(self, prompt_id: str) -> dict[str, Any] | None:
        with self._lock:
            return self._history.get(prompt_id)

    def forget(self, prompt_id: str) -> None:
        with self._lock:
            self._history.pop(prompt_id, None)

    def forget_all(self) -> None:
        with self._lock:
            self._history.clear()
