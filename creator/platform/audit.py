"""Writes audit lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from creator.platform.models import AuditLine


def write_audit_line(
    action: str, subject: str, details: Mapping[str, Any] | None = None, *, actor_id: UUID | None = None
) -> AuditLine:
    """Records in the caller's transaction that `action` was done to `subject`.

    No `actor_id` means the product itself.

    `details` are counts and ids as JSON values: never file names, addresses or any other text that a person
    wrote.
    """
    return AuditLine.objects.create(
        action=action, subject=subject, details=dict(details or {}), actor_id=actor_id
    )
