"""Finds the principal of a program's request, for REST framework's views, plain views, sockets and uploads.

The API ignores sessions, and pages ignore keys.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import User
from accounts.principals import Principal, find_by_secret
from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused

NO_KEY = "Send your API key as X-API-Key or as Authorization: Bearer."
BAD_KEY = "This API key does not work: it is mistyped, revoked or expired."


def given_secret(headers: Mapping[str, str]) -> str:
    """The key in the headers, or an empty string.

    `X-API-Key` takes precedence over `Authorization: Bearer`.
    """
    if key := headers.get("X-API-Key", "").strip():
        return key
    scheme, _, key = headers.get("Authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def authenticate_request(request: HttpRequest) -> Principal:
    """Whose working key the request carries. Raises Refused: `not_authenticated`, `plan_required`."""
    return authenticate_headers(request.headers, request.META.get("REMOTE_ADDR", ""))


def authenticate_headers(headers: Mapping[str, str], address: str | None = None) -> Principal:
    """As `authenticate_request`, for requests that are not Django's.

    `headers` must ignore the case of names. With an `address`, the client's, the use of the key is noted.
    """
    secret = given_secret(headers)
    principal = find_by_secret(secret, address)
    if principal is None:
        raise Refused("not_authenticated", BAD_KEY if secret else NO_KEY, headers=CHALLENGE)
    return principal


class ProgramAuthentication(BaseAuthentication):
    """REST framework's authentication: `request.auth` is the principal, `request.user` its user."""

    def authenticate(self, request: Request) -> tuple[User, Principal]:
        principal = authenticate_request(request._request)
        return principal.user, principal
