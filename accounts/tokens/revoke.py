"""Signing programs out: their access tokens are refused from the next request on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.audit import record
from accounts.enums import FamilyEnd, Means, SecurityEvent
from accounts.models import TokenFamily, User
from accounts.signals import tell_access_ended
from creator.lib.clock import database_now


def end_family(
    family: TokenFamily, ended_by: FamilyEnd, *, actor_id: UUID | None = None, address: str = ""
) -> bool:
    """Ends the family for good, and what it has open. Returns True only the first time.

    The person hears of a reuse by mail. `actor_id`: see `audit.record`.
    """
    with transaction.atomic():
        going = TokenFamily.objects.filter(pk=family.pk, ended_at=None)
        if not going.update(ended_at=database_now(), ended_by=ended_by):
            return False
        reused = ended_by == FamilyEnd.REUSED
        event = SecurityEvent.TOKEN_REUSED if reused else SecurityEvent.TOKENS_ENDED
        record(event, family.owner, actor_id=actor_id, address=address, device=family.device)
        tell_access_ended(Means.TOKEN, str(family.pk))
    return True


def end_all(user: User, *, actor_id: UUID | None = None, address: str = "") -> int:
    """Ends every family of the user; returns how many."""
    going = TokenFamily.objects.filter(owner=user, ended_at=None).select_related("owner")
    return sum(end_family(each, FamilyEnd.REVOKED, actor_id=actor_id, address=address) for each in going)
