"""The token endpoint: codes and refresh tokens in, access tokens out."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from drive.google_fake.errors import GoogleError, OAuthError
from drive.google_fake.world import World

LIFETIME_S = 3599


@dataclass
class Grant:
    """What a person allowed: lives until it is revoked."""

    email: str
    scopes: frozenset[str]
    challenge: str = field(default="", repr=False)
    redirect_uri: str = ""
    is_revoked: bool = False
    is_offline: bool = True
    """Whether a refresh token comes with the first access token."""


class OAuth:
    """The codes and tokens of one World."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.clients: dict[str, str] = {}
        """The secrets of the apps that may ask, by their ids; empty: any app, with any secret."""
        self._known: set[str] = set()
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, tuple[Grant, datetime]] = {}

    def approve(
        self,
        email: str,
        scopes: frozenset[str],
        *,
        challenge: str = "",
        redirect_uri: str = "",
        is_offline: bool = True,
        is_asked_again: bool = True,
    ) -> str:
        """The code that the person's browser brings back. `challenge`: PKCE's, S256.

        Google gives a refresh token for offline access only, and to a person who has agreed before only when the
        app had them asked again.
        """
        with self._world.lock:
            code = f"code-{self._world.new_id()}"
            grant = Grant(email, scopes, challenge, redirect_uri)
            grant.is_offline = is_offline and (is_asked_again or email not in self._known)
            self._known.add(email)
            self._codes[code] = grant
            return code

    def check_client(self, client_id: str, secret: str | None) -> None:
        """Raises `OAuthError` for an app that is not known. `secret` None: it is not asked for."""
        if self.clients and (client_id not in self.clients or secret not in (None, self.clients[client_id])):
            raise OAuthError("invalid_client", 401)

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """Answer POST /token. Raises `OAuthError`."""
        self.check_client(form.get("client_id", ""), form.get("client_secret", ""))
        with self._world.lock:
            match form.get("grant_type"):
                case "authorization_code":
                    grant = self._redeemed(form)
                    if not grant.is_offline:
                        return self._access_to(grant)
                    refresh = f"refresh-{self._world.new_id()}"
                    self._refresh[refresh] = grant
                    return {**self._access_to(grant), "refresh_token": refresh}
                case "refresh_token":
                    known = self._refresh.get(form.get("refresh_token", ""))
                    if known is None or known.is_revoked:
                        raise OAuthError("invalid_grant")
                    return self._access_to(known)
                case _:
                    raise OAuthError("unsupported_grant_type")

    def revoke(self, token: str) -> None:
        """End the grant of an access or refresh token. Raises `OAuthError` when there is none."""
        with self._world.lock:
            held = self._access.get(token)
            grant = held[0] if held else self._refresh.get(token)
            if grant is None or grant.is_revoked:
                raise OAuthError("invalid_token")
            grant.is_revoked = True

    def revoke_account(self, email: str) -> None:
        """End all grants of a person, as they do in their account's settings."""
        with self._world.lock:
            for grant in [*self._refresh.values(), *(held[0] for held in self._access.values())]:
                grant.is_revoked = grant.is_revoked or grant.email == email

    def expire_access(self) -> None:
        """End all access tokens now; refresh tokens stay."""
        with self._world.lock:
            self._access.clear()

    def caller(self, authorization: str) -> Grant:
        """Who calls, by the Authorization header. Raises `GoogleError` 401."""
        held = self._access.get(authorization.removeprefix("Bearer "))
        if held is None or held[0].is_revoked or held[1] <= self._world.now:
            raise GoogleError(401, "authError", "Invalid Credentials")
        return held[0]

    def _redeemed(self, form: dict[str, str]) -> Grant:
        grant = self._codes.pop(form.get("code", ""), None)
        if grant is None or grant.redirect_uri != form.get("redirect_uri", ""):
            raise OAuthError("invalid_grant")
        if grant.challenge and grant.challenge != _s256(form.get("code_verifier", "")):
            raise OAuthError("invalid_grant")
        return grant

    def _access_to(self, grant: Grant) -> dict[str, Any]:
        token = f"access-{self._world.new_id()}"
        self._access[token] = (grant, self._world.now + timedelta(seconds=LIFETIME_S))
        scope = " ".join(sorted(grant.scopes))
        return {"access_token": token, "expires_in": LIFETIME_S, "scope": scope, "token_type": "Bearer"}


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
