"""The page where a person confirms: it answers at once, as the test decided for the person."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from drive.google_fake.calls import Call, Reply
from drive.google_fake.errors import OAuthError
from drive.google_fake.oauth import OAuth

NEEDED = ("client_id", "redirect_uri", "scope")


@dataclass
class Consent:
    """What the person in front of the browser does. `scopes`: what they leave ticked; None: all."""

    email: str = "ann@example.com"
    is_denied: bool = False
    scopes: frozenset[str] | None = None


def redirect(oauth: OAuth, consent: Consent, call: Call) -> Reply:
    """GET /o/oauth2/v2/auth: back to the app, with a code or an error. Raises `OAuthError`."""
    asked = call.query
    if asked.get("response_type") != "code" or not all(asked.get(name) for name in NEEDED):
        raise OAuthError("invalid_request")
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request")
    oauth.check_client(asked["client_id"], None)
    state = {"state": asked["state"]} if "state" in asked else {}
    scopes = frozenset(asked["scope"].split())
    if consent.scopes is not None:
        scopes &= consent.scopes
    if consent.is_denied or not scopes:
        return _to(asked["redirect_uri"], {"error": "access_denied", **state})
    code = oauth.approve(
        consent.email,
        scopes,
        challenge=asked.get("code_challenge", ""),
        redirect_uri=asked["redirect_uri"],
        is_offline=asked.get("access_type") == "offline",
        is_asked_again=asked.get("prompt") == "consent",
    )
    return _to(asked["redirect_uri"], {**state, "code": code, "scope": " ".join(sorted(scopes))})


def _to(address: str, answer: dict[str, str]) -> Reply:
    joint = "&" if "?" in address else "?"
    return Reply(302, None, {"Location": f"{address}{joint}{urlencode(answer)}"})
