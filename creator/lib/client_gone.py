"""Whether the client of the present request still waits for its answer, for work that can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_gone: ContextVar[threading.Event | None] = ContextVar("client_gone", default=None)


@contextmanager
def noticing_clients_that_go() -> Iterator[threading.Event]:
    """Yields the event to set when the client goes; threads that work for the request see it by `client_gone`."""
    event = threading.Event()
    token = _gone.set(event)
    try:
        yield event
    finally:
        _gone.reset(token)


def client_gone() -> threading.Event:
    """The event of the present request; outside of requests one that is never set."""
    return _gone.get() or threading.Event()
