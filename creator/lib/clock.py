"""The database's clock. Leases and expiries are compared only with this clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now


def database_now(plus_seconds: float = 0) -> ExpressionWrapper:
    """An expression for queries: now plus `plus_seconds`, which may be negative."""
    return ExpressionWrapper(Now() + timedelta(seconds=plus_seconds), output_field=DateTimeField())


def read_database_now() -> datetime:
    """The time by the database's clock, as an aware datetime."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')")
            return datetime.fromisoformat(cursor.fetchone()[0] + "+00:00")
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
