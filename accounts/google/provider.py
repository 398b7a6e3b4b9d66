"""Where the provider's parts are: read from its discovery document, and kept for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
import structlog
from django.conf import settings

from creator.lib.bounds import GOOGLE_CONNECT_S, GOOGLE_REPLY_S
from creator.lib.errors import Refused
from creator.lib.ttl_cache import TTLCache

log = structlog.get_logger(__name__)
PROVIDER = "google"
"""allauth's name of the provider, in rows and states."""
KEPT_S = 600.0
AWAY = "Google does not answer at present. Try again in a minute, or sign in another way."


@dataclass(frozen=True)
class Addresses:
    """Of the provider's discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization: str
    token: str
    keys: str


_addresses: TTLCache[str, Addresses] = TTLCache(KEPT_S)
_keys: TTLCache[str, dict[str, Any]] = TTLCache(KEPT_S)


def is_on() -> bool:
    """Whether people may sign in with Google: the operator set its keys."""
    return bool(settings.CONFIG.google_client_id)


def addresses() -> Addresses:
    """Raises Refused: `not_found` if Google is off, `service_unavailable` if it does not answer."""
    if not is_on():
        raise Refused("not_found", "Sign-in with Google is not offered here.")
    return _addresses.get(settings.CONFIG.google_issuer, _discover)


def signing_keys(*, anew: bool = False) -> dict[str, Any]:
    """The provider's JSON Web Key Set (RFC 7517). Raises Refused("service_unavailable")."""
    where = addresses().keys
    if anew:
        _keys.clear()
    return _keys.get(where, lambda: ask("GET", where))


def ask(method: str, address: str, **options: Any) -> dict[str, Any]:
    """The JSON object that the provider answers with. Raises Refused: `service_unavailable`, `not_authenticated`."""
    try:
        answer = requests.request(
            method, address, timeout=(GOOGLE_CONNECT_S, GOOGLE_REPLY_S), allow_redirects=False, **options
        )
        found = answer.json() if answer.status_code < 500 else None
    except (requests.RequestException, ValueError) as error:
        log.warning("google_away", reason=type(error).__name__)
        raise Refused("service_unavailable", AWAY, headers={"Retry-After": "60"}) from error
    if not isinstance(found, dict):
        log.warning("google_away", reason=f"status {answer.status_code}")
        raise Refused("service_unavailable", AWAY, headers={"Retry-After": "60"})
    if not answer.ok:
        log.warning("google_refused", status=answer.status_code)
        raise Refused("not_authenticated", "Google did not confirm this sign-in. Begin again.")
    return found


def _discover() -> Addresses:
    found = ask("GET", f"{settings.CONFIG.google_issuer}/.well-known/openid-configuration")
    return Addresses(
        found["issuer"], found["authorization_endpoint"], found["token_endpoint"], found["jwks_uri"]
    )
