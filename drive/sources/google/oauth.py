"""OAuth 2.0 for Drive: the question, the code, and what becomes of the tokens."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode

from drive.sources.base import AccessLost, Away
from drive.sources.google.exchange import Answer, Exchange

READ = "https://www.googleapis.com/auth/drive.readonly"
WRITE = "https://www.googleapis.com/auth/drive.file"
ALL = "https://www.googleapis.com/auth/drive"
SCOPES = (READ, WRITE)
DEFAULT_LIFE_S = 3600


@dataclass(frozen=True)
class Addresses:
    """Where Google answers."""

    authorization: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105  (an address)
    revoke: str = "https://oauth2.googleapis.com/revoke"
    drive: str = "https://www.googleapis.com/drive/v3"
    upload: str = "https://www.googleapis.com/upload/drive/v3"

    @classmethod
    def under(cls, base: str) -> Addresses:
        """All of them below one address without a / at its end, for trials."""
        return cls(
            f"{base}/o/oauth2/v2/auth",
            f"{base}/token",
            f"{base}/revoke",
            f"{base}/drive/v3",
            f"{base}/upload/drive/v3",
        )


@dataclass(frozen=True)
class App:
    """Who asks: the installation's client at Google."""

    client_id: str
    client_secret: str = field(repr=False)
    addresses: Addresses = Addresses()


@dataclass(frozen=True)
class Grant:
    """What Google gave. `refresh_token` is empty after a refresh; `scopes` may be fewer than were asked for."""

    access_token: str = field(repr=False)
    expires_in_s: float
    scopes: frozenset[str]
    refresh_token: str = field(default="", repr=False)


def can_read(scopes: Collection[str]) -> bool:
    """Whether all of the person's files can be seen."""
    return READ in scopes or ALL in scopes


def can_write(scopes: Collection[str]) -> bool:
    """Whether files can be made."""
    return WRITE in scopes or ALL in scopes


def authorization_url(
    app: App,
    *,
    redirect_uri: str,
    state: str,
    verifier: str,
    scopes: Collection[str] = SCOPES,
    account: str = "",
) -> str:
    """Where the person confirms. `verifier` is kept for `exchange_code` (RFC 7636); `account` is an email to propose."""
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",  # without it a second consent brings no refresh token
        "include_granted_scopes": "false",
        **({"login_hint": account} if account else {}),
    }
    return f"{app.addresses.authorization}?{urlencode(asked)}"


def exchange_code(exchange: Exchange, app: App, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """Raises `AccessLost` if Google refuses the code or gives no refresh token, `Away`."""
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    grant = _read_grant(_ask(exchange, app, sent))
    if not grant.refresh_token:
        raise AccessLost("Google gave no refresh token")
    return grant


def refresh(exchange: Exchange, app: App, *, refresh_token: str) -> Grant:
    """A new access token. Raises `AccessLost` if the access was revoked or has ended, `Away`."""
    return _read_grant(_ask(exchange, app, {"grant_type": "refresh_token", "refresh_token": refresh_token}))


def revoke(exchange: Exchange, app: App, *, token: str) -> None:
    """Ends the access of a token, with all that were made from it. One that has ended already is no error."""
    answer = exchange.send("POST", app.addresses.revoke, data={"token": token})
    if answer.status not in (200, 400):
        raise Away(f"revoke: {answer.status}")


def _ask(exchange: Exchange, app: App, sent: dict[str, str]) -> Answer:
    client = {"client_id": app.client_id, "client_secret": app.client_secret}
    answer = exchange.send("POST", app.addresses.token, data={**sent, **client})
    if answer.status == 200:
        return answer
    code = answer.json().get("error")
    if code in ("invalid_grant", "unauthorized_client"):
        raise AccessLost(f"token: {code}")
    # invalid_client and the like are the installation's fault: people must not connect again for it
    raise Away(f"token: {answer.status} {code if isinstance(code, str) else ''}"[:100], 60)


def _read_grant(answer: Answer) -> Grant:
    body = answer.json()
    token, life, scope = body.get("access_token"), body.get("expires_in"), body.get("scope")
    if not isinstance(token, str) or not token:
        raise Away("token: an answer without a token", 60)
    refresh_token = body.get("refresh_token")
    return Grant(
        access_token=token,
        expires_in_s=float(life) if isinstance(life, int | float) else DEFAULT_LIFE_S,
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
        refresh_token=refresh_token if isinstance(refresh_token, str) else "",
    )
