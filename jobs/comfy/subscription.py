"""One watcher's view of one prompt's events.

The stream's reader puts events in and never waits for the watcher: progress and previews keep only the latest,
everything else is kept, and a prompt has only as many of those as its graph has nodes.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from jobs.comfy.events import ConnectionLost, Event, NodeProgress, Preview

LATEST_ONLY = (NodeProgress, Preview)


class Subscription:
    """Events of one prompt, for one thread. Made by `NodeStream.subscribe`; a context manager."""

    def __init__(self, prompt_id: str, *, on_close: Callable[["Subscription"], None]) -> None:
        self.prompt_id = prompt_id
        self._on_close = on_close
        self._events: deque[Event] = deque()
        self._changed = threading.Condition()
        self._client_id = ""
        self._lost = self._nudged = False

    @property
    def client_id(self) -> str:
        """The connection this subscription belongs to: post the prompt with this id. Empty while there is none."""
        return self._client_id

    @property
    def lost(self) -> bool:
        """True once that connection has gone: no more events will ever come, poll over HTTP."""
        return self._lost

    def get(self, timeout: float) -> Event | None:
        """The next event, waiting at most `timeout` seconds or until a nudge; None when there is none."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._events and not self._nudged:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._changed.wait(remaining):
                    break
            self._nudged = False
            return self._events.popleft() if self._events else None

    def nudge(self) -> None:
        """End the present wait, or else the next: something besides the node wants the watcher's attention."""
        with self._changed:
            self._nudged = True
            self._changed.notify()

    def close(self) -> None:
        """Stop listening."""
        self._on_close(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def bind(self, client_id: str) -> None:
        """For the stream: this subscription lives on that connection."""
        self._client_id = client_id

    def lose(self) -> None:
        """For the stream: the connection is gone."""
        self._lost = True
        self.put(ConnectionLost(self.prompt_id))

    def put(self, event: Event) -> None:
        """For the stream: hand over an event without ever waiting."""
        with self._changed:
            if isinstance(event, LATEST_ONLY):
                self._events = deque(kept for kept in self._events if type(kept) is not type(event))
            self._events.append(event)
            self._changed.notify()
