"""One sign-in with Google from the question to the answer."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode

from django.conf import settings

from accounts.google.provider import addresses

SCOPE = "openid email"


@dataclass(frozen=True)
class Flow:
    """What must be kept until the answer comes, out of reach of others.

    `nonce` comes back inside the ID token; `verifier` proves to Google that we asked (RFC 7636, section 4.1).
    """

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def begin() -> Flow:
    return Flow(nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))


def authorization_url(flow: Flow, *, state: str, redirect_uri: str) -> str:
    """Where the person confirms. `state` comes back with the answer. Raises as `addresses`."""
    asked = {
        "client_id": settings.CONFIG.google_client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": SCOPE,
        "state": state,
        "nonce": flow.nonce,
        "code_challenge": challenge_of(flow.verifier),
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    return f"{addresses().authorization}?{urlencode(asked)}"


def challenge_of(verifier: str) -> str:
    """RFC 7636, section 4.2: S256."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
