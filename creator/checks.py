"""System checks of the whole: what the settings alone cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

KEPT_FOR_PEOPLE = 5


@register(Tags.database)
def check_connections(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """creator.E001: one process may take more connections than PostgreSQL has. With `check --database default`."""
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


@register(Tags.security, deploy=True)
def check_mail(**_: Any) -> list[CheckMessage]:
    """creator.W001: mail to the console reaches nobody."""
    if "console" not in settings.EMAIL_BACKEND:
        return []
    return [Warning("EMAIL_URL is the console: nobody gets mail, and nobody can sign up.", id="creator.W001")]
