"""How tokens are written: their kind, the family they belong to, and our signature.

The signature tells our tokens from made-up ones without a query, however old they are, so an old refresh token is
known as one although only the present one's hash is stored. They are signed with SECRET_KEY; tokens signed with one
of its fallbacks are read too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from uuid import UUID

from django.core.signing import BadSignature, Signer

ACCESS, REFRESH = "creator_at", "creator_rt"
RANDOM_BYTES = 32
_ACCESS = re.compile(rf"{ACCESS}_([0-9a-f]{{32}})_([0-9]{{10,11}})\.[\w-]{{43}}", re.ASCII)
_REFRESH = re.compile(rf"{REFRESH}_([0-9a-f]{{32}})_([0-9a-f]{{{2 * RANDOM_BYTES}}})\.[\w-]{{43}}", re.ASCII)


def write_access_token(family_id: UUID, expires_at: datetime) -> str:
    """`expires_at` counts in whole seconds."""
    return _signer(ACCESS).sign(f"{ACCESS}_{family_id.hex}_{int(expires_at.timestamp())}")


def read_access_token(token: str) -> tuple[UUID, datetime] | None:
    """Family and expiry of a token that we signed, or None."""
    if not (found := _ACCESS.fullmatch(token)) or not _is_ours(ACCESS, token):
        return None
    return UUID(found[1]), datetime.fromtimestamp(int(found[2]), UTC)


def write_refresh_token(family_id: UUID, secret: str = "") -> str:
    """`secret`: 64 hexadecimal digits; random ones if left out."""
    return _signer(REFRESH).sign(f"{REFRESH}_{family_id.hex}_{secret or secrets.token_hex(RANDOM_BYTES)}")


def read_refresh_token(token: str) -> UUID | None:
    """The family of a token that we signed, or None."""
    found = _REFRESH.fullmatch(token)
    return UUID(found[1]) if found and _is_ours(REFRESH, token) else None


def successor_of(refresh_token: str, family_id: UUID, idempotency_key: str) -> str:
    """The token that replaces this one: with a key always the same, which only the token's holder can compute.

    So a repeated request gets it again although it is stored nowhere.
    """
    if not idempotency_key:
        return write_refresh_token(family_id)
    secret = hmac.new(refresh_token.encode(), f"successor {idempotency_key}".encode(), hashlib.sha256)
    return write_refresh_token(family_id, secret.hexdigest())


def digest_of(refresh_token: str) -> str:
    """What is stored of a refresh token."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()


def _signer(kind: str) -> Signer:
    return Signer(salt=f"accounts.tokens.{kind}", sep=".")  # a bearer token has no colon (RFC 6750, 2.1)


def _is_ours(kind: str, token: str) -> bool:
    try:
        _signer(kind).unsign(token)
    except BadSignature:
        return False
    return True
