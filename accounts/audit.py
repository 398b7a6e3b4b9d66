"""The one way to write an audit line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import AuditLine, User


def note(
    action: str, subject: str, details: Mapping[str, Any] | None = None, *, actor: User | None = None
) -> AuditLine:
    """Keeps that `action` was done to `subject`, in the caller's transaction; without an actor the house did it.

    `details` are counts and ids that JSON can hold: never names of files, addresses or anything else a person wrote.
    """
    return AuditLine.objects.create(action=action, subject=subject, details=dict(details or {}), actor=actor)
