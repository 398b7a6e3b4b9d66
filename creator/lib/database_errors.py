"""When the database is away: what is raised, and how a thread gets well again."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError, connection

DATABASE_AWAY: tuple[type[Error], ...] = (OperationalError, InterfaceError)
"""It restarts, is locked, took too long, or the connection broke. Faults of a statement are none of these."""

_LOCKED_OUT = ("55P03", "40P01")  # lock_not_available, deadlock_detected (PostgreSQL, appendix A)


def is_locked_out(error: Error) -> bool:
    """Whether the database is well and somebody else's locks were in the way; what was begun is undone."""
    return getattr(error.__cause__, "sqlstate", None) in _LOCKED_OUT


def drop_connection() -> None:
    """The next statement of this thread opens a new connection. Inside a transaction nothing is done: its end does it."""
    if not connection.in_atomic_block:
        connection.close()
