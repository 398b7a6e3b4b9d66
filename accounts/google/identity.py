"""Reads an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import compare_digest
from typing import Any

import jwt
import structlog
from django.conf import settings

from accounts.google.provider import addresses, signing_keys
from creator.lib.errors import Refused

log = structlog.get_logger(__name__)
ALGORITHMS = ["RS256"]
CLOCKS_S = 30
"""By so much may our clock and Google's differ."""
LONGEST_SUBJECT = 191
CLAIMS = ["iss", "aud", "exp", "iat", "sub", "nonce"]
NOT_CONFIRMED = "Google did not confirm this sign-in. Begin again."
UNVERIFIED = "Google has not verified the email address of this account, so it cannot sign in here."


@dataclass(frozen=True)
class Identity:
    """`subject` is Google's name of the account, which never changes. Google has verified the address."""

    subject: str
    email: str


def read_id_token(text: str, *, nonce: str) -> Identity:
    """Raises Refused: `not_authenticated` for a token that does not prove who this is, `not_allowed` for an address
    that Google has not verified, `service_unavailable`.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            text,
            _key_of(text),
            algorithms=ALGORITHMS,
            audience=settings.CONFIG.google_client_id,
            issuer=addresses().issuer,
            leeway=CLOCKS_S,
            options={"require": CLAIMS, "strict_aud": True},
        )
        if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise jwt.InvalidTokenError("another nonce")
    except jwt.PyJWTError as error:
        log.warning("google_token_refused", reason=type(error).__name__)
        raise Refused("not_authenticated", NOT_CONFIRMED) from error
    if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
        raise Refused("not_allowed", UNVERIFIED)
    return Identity(str(claims["sub"])[:LONGEST_SUBJECT], claims["email"])


def _key_of(text: str) -> jwt.PyJWK:
    """The key that the token names; the key set is read again for a new one. Raises PyJWTError if there is none."""
    name = jwt.get_unverified_header(text).get("kid")
    for anew in (False, True):
        for key in jwt.PyJWKSet.from_dict(signing_keys(anew=anew)).keys:
            if key.key_id == name and key.algorithm_name in ALGORITHMS:
                return key
    raise jwt.InvalidKeyError("no such key")
