"""A refresh: the program's refresh token is replaced, and a token that was replaced before ends its family."""

from __future__ import annotations

from datetime import timedelta

from accounts.enums import FamilyEnd
from accounts.models import TokenFamily
from accounts.tokens.families import is_proven, working_families
from accounts.tokens.issue import Tokens, pair_of
from accounts.tokens.revoke import end_family
from accounts.tokens.texts import digest_of, read_refresh_token, successor_of
from creator.api.errors import CHALLENGE
from creator.lib.clock import database_now
from creator.lib.errors import Refused

REPEATED_WITHIN = timedelta(seconds=10)
"""For so long, the token that was just replaced is the program's own request, sent twice or in parallel."""
SIGN_IN = "This refresh token does not work. Sign in again."
REPEATED = (
    "Another request replaced this refresh token a moment ago. Use the tokens that it got; if its answer was lost, "
    "send it again with the Idempotency-Key that it had."
)


def rotate(refresh_token: str, *, address: str, idempotency_key: str = "") -> tuple[Tokens, bool]:
    """Returns the next pair, and whether this call made it: with its key, a repeated request gets the same again.

    Raises Refused: `not_authenticated` for a token that works no more; `already_refreshed` for one that was replaced
    a moment ago. An older one ends its family.
    """
    family = find_by_refresh_token(refresh_token)
    if family is None:
        raise Refused("not_authenticated", SIGN_IN, headers=CHALLENGE)
    successor = successor_of(refresh_token, family.pk, idempotency_key)
    # One statement, whose conditions are on this row alone: of parallel refreshes it changes the row for one.
    is_new = TokenFamily.objects.filter(pk=family.pk, ended_at=None, digest=digest_of(refresh_token)).update(
        digest=digest_of(successor),
        previous_digest=digest_of(refresh_token),
        refreshed_at=database_now(),
        address=address,
    )
    if is_new:
        family.refresh_from_db(fields=["refreshed_at", "digest"])
    else:
        family = _just_rotated(family, refresh_token, address)
        if family.digest != digest_of(successor):
            raise Refused("already_refreshed", REPEATED)
    return pair_of(family, successor), bool(is_new)


def find_by_refresh_token(refresh_token: str) -> TokenFamily | None:
    """The working family that the token belongs or once belonged to, with its owner, or None."""
    if (family_id := read_refresh_token(refresh_token)) is None:
        return None
    family = working_families().filter(pk=family_id).first()
    return family if family and is_proven(family) else None


def find_to_sign_out(refresh_token: str, *, address: str) -> TokenFamily | None:
    """As `find_by_refresh_token`; an old token ends its family as it does in `rotate`, with the same Refused."""
    family = find_by_refresh_token(refresh_token)
    if family is None or family.digest == digest_of(refresh_token):
        return family
    return _just_rotated(family, refresh_token, address)


def _just_rotated(family: TokenFamily, refresh_token: str, address: str) -> TokenFamily:
    """The family as it is now, if this token was replaced a moment ago; else its end."""
    since = database_now(-REPEATED_WITHIN.total_seconds())
    replaced = TokenFamily.objects.filter(previous_digest=digest_of(refresh_token), refreshed_at__gt=since)
    if found := replaced.filter(pk=family.pk, ended_at=None).first():
        return found
    end_family(family, FamilyEnd.REUSED, address=address)
    raise Refused("not_authenticated", SIGN_IN, headers=CHALLENGE)
