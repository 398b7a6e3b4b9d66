"""API keys, which programs use instead of a password: making, finding, using and revoking them.

A key has the form `creator_<8>_<43><6>`: its kind, the row's id, 256 random bits, and a CRC-32 of everything
before it, in base 62. With the checksum we refuse a mistyped key without a query, and scanners for leaked
secrets can recognise a key.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from datetime import datetime, timedelta

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.enums import Means
from accounts.models import ApiKey, User
from accounts.signals import tell_access_ended
from creator.lib.clock import database_now

log = structlog.get_logger(__name__)
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
KIND = "creator"
ID_LENGTH = 8
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
PREFIX_LENGTH = len(KIND) + 1 + ID_LENGTH
SHAPE = re.compile(rf"{KIND}_[0-9A-Za-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")
NAME_LENGTH = 100
NOTED_EVERY = timedelta(minutes=1)
NO_DIGEST = "0" * 64


def make_api_key(*, owner: User, name: str, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Returns the row and the key itself, which is not stored.

    Without `expires_at` it works until it is revoked.
    """
    unsigned = f"{KIND}_{_random(ID_LENGTH)}_{_random(SECRET_LENGTH)}"
    secret = unsigned + checksum_of(unsigned)
    key = ApiKey.objects.create(
        owner=owner,
        name=name[:NAME_LENGTH],
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        expires_at=expires_at,
    )
    log.info("api_key_made", user_id=str(owner.pk), prefix=key.prefix)
    return key, secret


def revoke_api_key(*, key: ApiKey) -> bool:
    """Revokes the key at once and permanently. Returns True only the first time."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=database_now()) == 1
    if revoked:
        tell_access_ended(Means.KEY, str(key.pk))
        log.info("api_key_revoked", user_id=str(key.owner_id), prefix=key.prefix)
    return revoked


def find_by_key(secret: str) -> ApiKey | None:
    """The row of a key that works now, with its owner, or None.

    Makes one query, or none for a malformed key.
    """
    if not is_well_formed(secret):
        return None
    found = working_keys().select_related("owner").filter(prefix=secret[:PREFIX_LENGTH]).first()
    # Compare in constant time, even without a row: the response time must not reveal whether the row exists
    # or matches.
    matches = secrets.compare_digest(found.digest if found else NO_DIGEST, digest_of(secret))
    return found if matches else None


def record_use(key: ApiKey) -> None:
    """Writes `last_used_at` at most once a minute; requests in between make no query."""
    if key.last_used_at is not None and timezone.now() - key.last_used_at < NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=database_now(-NOTED_EVERY.total_seconds()))
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=database_now())


def working_keys() -> QuerySet[ApiKey]:
    """Keys that work now, by the database's clock."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=database_now())
    return ApiKey.objects.filter(unexpired, revoked_at=None, owner__is_active=True)


def is_well_formed(secret: str) -> bool:
    """Whether the text has a key's form and a correct checksum. Does not check whether the key exists."""
    if not SHAPE.fullmatch(secret):
        return False
    return secret[-CHECKSUM_LENGTH:] == checksum_of(secret[:-CHECKSUM_LENGTH])


def checksum_of(unsigned: str) -> str:
    """CRC-32 in base 62, padded to 6 digits."""
    number, digits = zlib.crc32(unsigned.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def digest_of(secret: str) -> str:
    """The stored SHA-256 of a key. The key is random, so neither salt nor a slow hash would add anything."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
