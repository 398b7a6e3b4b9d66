"""Who a key belongs to, which keys work, and when a key was last used."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.api_keys.secret import digest_of, is_well_formed, prefix_of
from accounts.models import ApiKey, User
from creator.lib.clock import database_now
from creator.lib.errors import Refused

NOTED_EVERY = timedelta(minutes=1)
NO_DIGEST = "0" * 64
MOST_ENDED_SHOWN = 50


def find_by_key(secret: str) -> ApiKey | None:
    """The row of a key that works now, with its owner, or None.

    Makes one query, or none for a malformed key.
    """
    if not is_well_formed(secret):
        return None
    found = working_keys().select_related("owner").filter(prefix=prefix_of(secret)).first()
    # Compare in constant time, even without a row: the response time must not reveal whether the row exists
    # or matches.
    matches = secrets.compare_digest(found.digest if found else NO_DIGEST, digest_of(secret))
    return found if matches else None


def record_use(key: ApiKey, address: str = "") -> None:
    """Writes the time and the client's IP address at most once a minute; requests in between make no query."""
    if key.last_used_at is not None and timezone.now() - key.last_used_at < NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=database_now(-NOTED_EVERY.total_seconds()))
    used = ApiKey.objects.filter(stale, pk=key.pk)
    used.update(last_used_at=database_now(), last_used_from=address)


def working_keys() -> QuerySet[ApiKey]:
    """Keys that work now, by the database's clock. Whether their owner's plan has keys is asked separately."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=database_now())
    return ApiKey.objects.filter(unexpired, revoked_at=None, owner__is_active=True)


def keys_of(owner: User) -> list[ApiKey]:
    """The keys of a person, newest first: all that work, then the last ones that ended. Two queries."""
    mine = ApiKey.objects.filter(owner=owner).order_by("-created_at")
    working = list(working_keys().filter(owner=owner).order_by("-created_at"))
    ended = mine.exclude(pk__in=[key.pk for key in working])[:MOST_ENDED_SHOWN]
    return [*working, *ended]


def get_key(owner: User, key_id: UUID) -> ApiKey:
    """This person's key. Raises Refused("not_found") for a missing one and for another person's."""
    key = ApiKey.objects.filter(owner=owner, pk=key_id).first()
    if key is None:
        raise Refused("not_found", "There is no such API key.")
    return key
