"""Finds the principal of a program's request, for REST framework's views, plain views, sockets and uploads.

The API ignores sessions, and pages ignore keys and tokens.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.api.cookies import access_in, check_csrf
from accounts.attempts import count_without_key
from accounts.models import User
from accounts.principals import Principal, find_by_secret, find_by_token
from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused

NO_KEY = "Send an access token or an API key as Authorization: Bearer, or a key as X-API-Key."
BAD_KEY = "This API key or access token does not work: it is mistyped, revoked or expired."


def given_secret(headers: Mapping[str, str]) -> str:
    """The API key or access token in the headers, or an empty string.

    `X-API-Key` takes precedence over `Authorization: Bearer`.
    """
    if key := headers.get("X-API-Key", "").strip():
        return key
    scheme, _, key = headers.get("Authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def shown_secret(headers: Mapping[str, str]) -> str:
    """As `given_secret`, or else the access token among the cookies."""
    return given_secret(headers) or access_in(headers)


def authenticate_request(request: HttpRequest) -> Principal:
    """The principal of the request's key or token.

    Raises Refused: `not_authenticated`, or `rate_limited` if that happens often; `plan_required`.

    A browser sends cookies with every request, so for these the request must show that a page of ours made it:
    raises Refused("not_allowed") if it does not.
    """
    principal = authenticate_headers(request.headers, request.META.get("REMOTE_ADDR", ""))
    if not given_secret(request.headers):
        check_csrf(request)
    return principal


def authenticate_headers(headers: Mapping[str, str], address: str, *, notes_use: bool = True) -> Principal:
    """As `authenticate_request`, for requests that are not Django's and change nothing.

    `headers` must ignore the case of names; `address` is the client's. `notes_use`: the key's row says when and from
    where it was used.
    """
    given = given_secret(headers)
    noted = address if notes_use else None
    principal = find_by_secret(given, noted) if given else find_by_token(access_in(headers))
    if principal is None:
        count_without_key(address)
        raise Refused("not_authenticated", BAD_KEY if shown_secret(headers) else NO_KEY, headers=CHALLENGE)
    return principal


class ProgramAuthentication(BaseAuthentication):
    """REST framework's authentication: `request.auth` is the principal, `request.user` its user."""

    def authenticate(self, request: Request) -> tuple[User, Principal]:
        principal = authenticate_request(request._request)
        return principal.user, principal
