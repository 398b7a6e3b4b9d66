"""Making keys, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.api_keys.ending import skipped_warning
from accounts.api_keys.finding import working_keys
from accounts.api_keys.permission import require_permitted
from accounts.api_keys.secret import digest_of, new_secret, prefix_of
from accounts.audit import record
from accounts.enums import KeyOrigin, Scope, SecurityEvent
from accounts.models import ApiKey, User
from accounts.notifications import kinds, notify
from creator.lib.clock import read_database_now
from creator.lib.errors import Refused

NAME_LENGTH = 60
MOST_WORKING = 50
"""Working keys of a person at most: a forgotten script that makes keys does not go on for ever."""
LONGEST = timedelta(days=3650)
JOB_SCOPES = (Scope.JOBS_READ, Scope.JOBS_WRITE)


@transaction.atomic
def make_api_key(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str] = JOB_SCOPES,
    expires_at: datetime | None = None,
    made_by: KeyOrigin = KeyOrigin.COMMAND,
    address: str = "",
) -> tuple[ApiKey, str]:
    """Returns the row and the key itself, which is not stored.

    Without `expires_at` it works until it is revoked. `address` is the IP address of the client that asked.
    Raises Refused: `invalid_parameters` with a sentence for each field, `quota_exceeded` beyond MOST_WORKING,
    `plan_required`.
    """
    name, asked, now = name.strip(), set(scopes), read_database_now()
    _check(name, asked, expires_at, now)
    require_permitted(owner.pk)
    _require_room(owner)
    secret = new_secret()
    key = ApiKey.objects.create(
        owner=owner,
        name=name,
        prefix=prefix_of(secret),
        digest=digest_of(secret),
        scopes=[scope.value for scope in Scope if scope in asked],
        expires_at=expires_at,
        warned_days=skipped_warning(expires_at, now),
        made_by=made_by,
    )
    record(
        SecurityEvent.KEY_MADE, owner, address=address, key=str(key.pk), prefix=key.prefix, scopes=key.scopes
    )
    facts = {"name": key.name, "prefix": key.prefix, "scopes": ", ".join(key.scopes), "address": address}
    notify(kinds.KEY_MADE, owner, event_id=str(key.pk), facts=facts)
    return key, secret


def _check(name: str, scopes: set[str], expires_at: datetime | None, now: datetime) -> None:
    problems = {}
    if not name:
        problems["name"] = "Give the key a name, so that you recognise it later."
    elif len(name) > NAME_LENGTH:
        problems["name"] = f"A name has at most {NAME_LENGTH} characters; this one has {len(name)}."
    elif not name.isprintable():
        problems["name"] = "Write the name on one line, without control characters."
    if not scopes:
        problems["scopes"] = "Choose at least one scope: a key without scopes opens nothing."
    elif unknown := sorted(scopes - set(Scope.values)):
        problems["scopes"] = (
            f"There is no scope {', '.join(unknown)}. Choose from: {', '.join(Scope.values)}."
        )
    if expires_at and not now < expires_at <= now + LONGEST:
        problems["expires_at"] = f"A key expires in the future, and within {LONGEST.days:,} days."
    if problems:
        raise Refused("invalid_parameters", "Some fields need another look.", problems)


def _require_room(owner: User) -> None:
    """Under a lock of the person's row, so that keys made at the same time are counted one after the other."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=owner.pk)
    if working_keys().filter(owner=owner).count() >= MOST_WORKING:
        raise Refused(
            "quota_exceeded",
            f"You have {MOST_WORKING} working keys, and that is the most. Revoke one that you no longer need.",
        )
