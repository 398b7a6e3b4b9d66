"""The end of keys: revoked by their owner, or expired after two warnings."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from accounts.api_keys.finding import working_keys
from accounts.audit import record
from accounts.enums import Means, SecurityEvent
from accounts.models import ApiKey
from accounts.notifications import kinds, notify
from accounts.signals import tell_access_ended
from creator.lib.clock import database_now
from creator.platform.one_by_one import one_by_one

DAY_S = 24 * 3600
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
        facts = {"name": key.name, "prefix": key.prefix, "address": address}
        notify(kinds.KEY_REVOKED, key.owner, event_id=str(key.pk), facts=facts)
    return revoked


def warn_of_expiring_keys() -> None:
    """Tells each owner once WARNED_DAYS before a key expires.

    The shortest warning comes first, so that a key which is due for both, after an outage, brings one mail.
    """
    for days in sorted(WARNED_DAYS):
        expiring = working_keys().filter(expires_at__lte=database_now(days * DAY_S))
        keys = _not_warned(expiring, days).select_related("owner")
        one_by_one(keys, partial(_warn, days=days), name="key_not_warned_of")


@transaction.atomic
def _warn(key: ApiKey, days: int) -> None:
    """The update decides which of several processes tells the owner."""
    if _not_warned(working_keys().filter(pk=key.pk), days).update(warned_days=days):
        facts = {"name": key.name, "prefix": key.prefix, "expires_at": key.expires_at}
        notify(kinds.KEY_EXPIRING, key.owner, event_id=f"{key.pk}-{days}", facts=facts)


def _not_warned(keys: QuerySet[ApiKey], days: int) -> QuerySet[ApiKey]:
    return keys.exclude(warned_days__lte=days)


def skipped_warning(expires_at: datetime | None, now: datetime) -> int | None:
    """The last warning that a key made now is already past: it expires too soon for it. None: none is past."""
    if expires_at is None:
        return None
    past = [days for days in WARNED_DAYS if expires_at - now <= timedelta(days=days)]
    return min(past, default=None)
