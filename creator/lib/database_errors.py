"""When the database is away: what is raised, and how a thread gets well again."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError, connection

DATABASE_AWAY: tuple[type[Error], ...] = (OperationalError, InterfaceError)
"""It restarts, is locked, took too long, or the connection broke. Faults of a statement are none of these."""


def drop_connection() -> None:
    """The next statement of this thread opens a new connection. Inside a transaction nothing is done: its end does it."""
    if not connection.in_atomic_block:
        connection.close()
