"""One watcher's view of one prompt's events.

The stream's reader adds events and never waits for the watcher. Of progress and previews only the latest is
stored. All other events are stored; a prompt has only about as many of them as its graph has nodes.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from jobs.comfy.events import ConnectionLost, Event, NodeProgress, Preview

LATEST_ONLY = (NodeProgress, Preview)
MOST_STORED = 1000
"""A prompt has about as many other events as its graph has nodes. With more of them, the connection counts as lost."""


class Subscription:
    """Events of one prompt, for one thread. Made by `NodeStream.subscribe`; a context manager."""

    def __init__(self, prompt_id: str, *, on_close: Callable[["Subscription"], None]) -> None:
        self.prompt_id = prompt_id
        self._on_close = on_close
        self._events: deque[Event] = deque()
        self._changed = threading.Condition()
        self._client_id = ""
        self._lost = self._nudged = self._overrun = False

    @property
    def client_id(self) -> str:
        """The connection's id: post the prompt with it. Empty while there is no connection."""
        return self._client_id

    @property
    def lost(self) -> bool:
        """True once that connection is gone: no more events will come, so poll over HTTP."""
        return self._lost

    def get(self, timeout: float) -> Event | None:
        """Returns the next event. None if there is none within `timeout` seconds or when a nudge arrives."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._events and not self._nudged:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._changed.wait(remaining):
                    break
            self._nudged = False
            return self._events.popleft() if self._events else None

    def nudge(self) -> None:
        """Ends the current wait in `get`, or else the next one, for news that does not come from the node."""
        with self._changed:
            self._nudged = True
            self._changed.notify()

    def close(self) -> None:
        """Ends the subscription."""
        self._on_close(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def bind(self, client_id: str) -> None:
        """For the stream: assigns this subscription to a connection."""
        self._client_id = client_id

    def lose(self) -> None:
        """For the stream: marks the connection as gone."""
        self._lost = True
        self.put(ConnectionLost(self.prompt_id))

    def put(self, event: Event) -> None:
        """For the stream: adds an event without waiting."""
        with self._changed:
            if len(self._events) >= MOST_STORED and not self._overrun:
                self._overrun = self._lost = True
                self._events = deque([ConnectionLost(self.prompt_id)])
            if self._overrun:
                return
            if isinstance(event, LATEST_ONLY):
                self._events = deque(other for other in self._events if type(other) is not type(event))
            self._events.append(event)
            self._changed.notify()
