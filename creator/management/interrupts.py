"""Ctrl+C at a place where a command can stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupt:
    """Whether Ctrl+C was pressed."""

    pressed = False


@contextmanager
def first_interrupt() -> Iterator[Interrupt]:
    """Within the block the first Ctrl+C is only noted, and a second one raises KeyboardInterrupt.

    An exception in the middle of a query would leave SQLite's statement open, and the connection's next
    transaction would be refused: "database is locked".
    """
    interrupt = Interrupt()

    def note(*_: object) -> None:
        interrupt.pressed = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
