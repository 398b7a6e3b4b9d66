"""Audit lines about the security of accounts: written in the transaction of what happened."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db.models import Q, QuerySet

from accounts.enums import SecurityEvent
from accounts.models import User
from creator.platform.audit import write_audit_line
from creator.platform.models import AuditLine

log = structlog.get_logger(__name__)


def record(
    event: SecurityEvent, user: User, *, actor_id: UUID | None = None, address: str = "", **details: object
) -> AuditLine:
    """Records what happened to the account of `user`, and logs it under the event's name.

    The actor is the person unless `actor_id` names a member of the staff. `address` is the client's IP address.
    `details` are ids, counts and words of ours: never an e-mail address, a name or a secret.
    """
    log.info(event.value, user_id=str(user.pk), **details)
    shown = {**details, **({"address": address} if address else {})}
    return write_audit_line(event.value, subject_of(user), shown, actor_id=actor_id or user.pk)


def lines_of(user: User) -> QuerySet[AuditLine]:
    """What the audit tells about the account, newest first."""
    return AuditLine.objects.filter(subject=subject_of(user), action__in=SecurityEvent.values)


def lines_about(user: User) -> QuerySet[AuditLine]:
    """All lines that name the person: what happened to the account, and what they did to anything else."""
    return AuditLine.objects.filter(Q(subject=subject_of(user)) | Q(actor=user))


def subject_of(user: User) -> str:
    return f"user:{user.pk}"
