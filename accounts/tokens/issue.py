"""Signing a program in: a new family with its first tokens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from accounts.models import TokenFamily, User
from accounts.tokens.texts import digest_of, write_access_token, write_refresh_token

ACCESS_LASTS = timedelta(minutes=5)
UNNAMED = "A program"


@dataclass(frozen=True)
class Tokens:
    """The pair that a program uses until its next refresh. The tokens themselves are not stored."""

    family: TokenFamily
    access: str = field(repr=False)
    refresh: str = field(repr=False)


def issue(user: User, *, device: str, address: str) -> Tokens:
    """Signs a program in as `user`. `device` is what the program calls itself, `address` its IP address."""
    family_id = uuid.uuid4()
    refresh = write_refresh_token(family_id)
    family = TokenFamily.objects.create(
        id=family_id,
        owner=user,
        device=device[:100] or UNNAMED,
        address=address,
        proof=user.get_session_auth_hash(),
        digest=digest_of(refresh),
    )
    return pair_of(family, refresh)


def pair_of(family: TokenFamily, refresh: str) -> Tokens:
    """The tokens of the family's last refresh: the access token is always the same until the next one."""
    return Tokens(family, write_access_token(family.pk, family.refreshed_at + ACCESS_LASTS), refresh)
