"""Signing programs out: their access tokens are refused from the next request on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.audit import record
from accounts.enums import FamilyEnd, Means, SecurityEvent
from accounts.models import TokenFamily, User
from accounts.notifications import notify
from accounts.notifications.kinds import TOKEN_REUSED
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
        if ended_by == FamilyEnd.REUSED:
            record(SecurityEvent.TOKEN_REUSED, family.owner, address=address, device=family.device)
            where = {"device": family.device, "address": address}
            notify(TOKEN_REUSED, family.owner, event_id=str(family.pk), facts=where)
        else:
            record(
                SecurityEvent.TOKENS_ENDED,
                family.owner,
                actor_id=actor_id,
                address=address,
                device=family.device,
            )
        tell_access_ended(Means.TOKEN, str(family.pk))
    return True


def end_all(
    user: User, ended_by: FamilyEnd = FamilyEnd.REVOKED, *, actor_id: UUID | None = None, address: str = ""
) -> int:
    """Ends every family of the user; returns how many."""
    going = TokenFamily.objects.filter(owner=user, ended_at=None).select_related("owner")
    return sum(end_family(each, ended_by, actor_id=actor_id, address=address) for each in going)
