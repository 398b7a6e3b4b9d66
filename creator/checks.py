"""System checks across settings and servers, such as connection limits and mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

KEPT_FOR_PEOPLE = 5
BESIDE_THREADS = 2


@register(Tags.database)
def check_connections(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """creator.E001: one process may take more connections than PostgreSQL offers.

    Runs with `check --database default`.
    """
    if not databases or "default" not in databases or connections["default"].vendor != "postgresql":
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SHOW max_connections")
            most = int(cursor.fetchone()[0])
    except DatabaseError as error:
        return [Error(f"PostgreSQL does not answer: {error}", id="creator.E002")]
    pool = settings.CONFIG.database_pool
    if pool > most - KEPT_FOR_PEOPLE:
        hint = f"DATABASE_POOL × processes must stay under max_connections ({most}) less {KEPT_FOR_PEOPLE}."
        return [Error(f"DATABASE_POOL is {pool}.", hint=hint, id="creator.E001")]
    return []


@register()
def check_pool(**_: Any) -> list[CheckMessage]:
    """creator.W002: a worker's threads, including lease renewal, may wait for a database connection."""
    config = settings.CONFIG
    needed = config.worker_threads + BESIDE_THREADS
    if not config.database_url or config.database_pool >= needed:
        return []
    hint = f"WORKER_THREADS is {config.worker_threads}; leases and watching nodes need {BESIDE_THREADS} more."
    message = f"DATABASE_POOL is {config.database_pool}, and a worker may need {needed} connections at once."
    return [Warning(message, hint=hint, id="creator.W002")]


@register(Tags.security, deploy=True)
def check_mail(**_: Any) -> list[CheckMessage]:
    """creator.W001: EMAIL_URL prints mail to the console instead of sending it."""
    if "console" not in settings.EMAIL_BACKEND:
        return []
    return [
        Warning("EMAIL_URL is the console: mail is not sent, so people cannot sign up.", id="creator.W001")
    ]
