"""Audit lines about payments. Their subjects are ids, so they name no person."""

from __future__ import annotations

from collections.abc import Mapping

from billing.models import CreditAccount
from creator.platform.audit import write_audit_line
from creator.platform.models import AuditLine


def subject_of(account: CreditAccount) -> str:
    """The account stays when its owner is erased."""
    return f"account:{account.pk}"


def audit_once(action: str, subject: str, details: Mapping[str, object]) -> bool:
    """Writes the line unless there is one: looks see the same facts again. Call it under the customer's lease."""
    if AuditLine.objects.filter(action=action, subject=subject).exists():
        return False
    write_audit_line(action, subject, details)
    return True
