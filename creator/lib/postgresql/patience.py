"""How long the code that runs now waits for a reply of the database.

A server's own timeouts do not help when the server is not heard: the client has to stop waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from creator.lib.bounds import DATABASE_REPLY_S


@dataclass
class Patience:
    """The longest wait for one reply in seconds; None: for ever. `is_over` once a reply did not come."""

    seconds: float | None
    is_over: bool = False


_scope: ContextVar[Patience | None] = ContextVar("patience", default=None)
_process_s: float | None = None


def patience() -> Patience:
    """The patience of the request or task that runs now, or else the process's."""
    return _scope.get() or Patience(_process_s)


def expect_prompt_replies() -> None:
    """Bounds every wait of this process. For web, worker and beat; other commands may run long statements."""
    global _process_s
    _process_s = DATABASE_REPLY_S


@contextmanager
def replies_within(seconds: float | None) -> Iterator[Patience]:
    """Within the block, or the decorated function: the longest wait for one reply; None: for ever."""
    scope = Patience(seconds)
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)
