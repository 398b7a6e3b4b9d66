"""The end of keys: revoked by their owner, or expired after two warnings."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.audit import record
from accounts.enums import Means, SecurityEvent
from accounts.models import ApiKey
from accounts.signals import tell_access_ended
from creator.lib.clock import database_now

WARNED_DAYS = (7, 1)
"""Its owner gets a mail so many days before a key expires."""


@transaction.atomic
def revoke_api_key(*, key: ApiKey, address: str = "") -> bool:
    """Revokes the key at once and permanently. Returns True only the first time.

    `address` is the IP address of the client that asked.
    """
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=database_now()) == 1
    if revoked:
        tell_access_ended(Means.KEY, str(key.pk))
        record(SecurityEvent.KEY_REVOKED, key.owner, address=address, key=str(key.pk), prefix=key.prefix)
    return revoked


def skipped_warning(expires_at: datetime | None, now: datetime) -> int | None:
    """The last warning that a key made now is already past: it expires too soon for it. None: none is past."""
    if expires_at is None:
        return None
    past = [days for days in WARNED_DAYS if expires_at - now <= timedelta(days=days)]
    return min(past, default=None)
