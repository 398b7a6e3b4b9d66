"""The database's clock. It gives the times of all rows, and leases and expiries are compared only with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now

SQLITE_NOW = "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"


def database_now(plus_seconds: float = 0) -> ExpressionWrapper:
    """An expression for queries: now plus `plus_seconds`, which may be negative."""
    return ExpressionWrapper(Now() + timedelta(seconds=plus_seconds), output_field=DateTimeField())


def now_sql() -> str:
    """The same as SQL, for a hand-written statement with parameters."""
    return SQLITE_NOW if connection.vendor == "sqlite" else "STATEMENT_TIMESTAMP()"


def read_database_now() -> datetime:
    """The time by the database's clock, as an aware datetime."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT {SQLITE_NOW}", [])
            return datetime.fromisoformat(cursor.fetchone()[0] + "+00:00")
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
