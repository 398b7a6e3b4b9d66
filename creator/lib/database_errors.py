"""Errors raised while the database is away, and how a thread recovers."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError, connection

DATABASE_AWAY: tuple[type[Error], ...] = (OperationalError, InterfaceError)
"""The database restarts, is locked or timed out, or the connection broke.

Errors in a statement raise other classes.
"""

_LOCKED_OUT = ("55P03", "40P01")  # lock_not_available, deadlock_detected (PostgreSQL, appendix A)


def is_locked_out(error: Error) -> bool:
    """Whether the database works but another transaction's locks stopped this one, which was rolled back."""
    return getattr(error.__cause__, "sqlstate", None) in _LOCKED_OUT


def drop_connection() -> None:
    """Makes this thread's next statement open a new connection.

    Does nothing inside a transaction: its end does that.
    """
    if not connection.in_atomic_block:
        connection.close()
