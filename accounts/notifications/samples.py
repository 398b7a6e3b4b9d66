"""Mails with made-up facts, for looking at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from django.http import HttpRequest

from accounts.models import User
from accounts.notifications.kind import Kind, Letter
from accounts.notifications.writing import Written, write

AT = datetime(2026, 11, 28, 9, 5, tzinfo=UTC)
EXAMPLE = "/an/example/of/a/link/"


def write_sample(kind: Kind, user: User, site: HttpRequest) -> Written:
    """The mail of this kind with its sample facts. Reads no rows, and its button gives no access."""
    shown = replace(kind, link=(lambda letter: letter.url(EXAMPLE)) if kind.link else None)
    letter = Letter(shown, "ada@example.org", user, site, {"at": AT, **kind.sample})
    return write([letter], unsubscribe=letter.url(EXAMPLE) if kind.optional else "")
