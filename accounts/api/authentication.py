"""Reads and checks the API key of a request, for REST framework's views, plain views and sockets.

The API ignores sessions, and pages ignore keys.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.api_keys import find_by_key, record_use
from accounts.models import ApiKey, User
from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused

NO_KEY = "Send your API key as X-API-Key or as Authorization: Bearer."
BAD_KEY = "This API key does not work: it is mistyped, revoked or expired."


def given_key(headers: Mapping[str, str]) -> str:
    """The key in the headers, or an empty string.

    `X-API-Key` takes precedence over `Authorization: Bearer`.
    """
    if key := headers.get("X-API-Key", "").strip():
        return key
    scheme, _, key = headers.get("Authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def authenticate_request(request: HttpRequest) -> ApiKey:
    """The working key of the request, with its owner. Raises Refused("not_authenticated")."""
    return authenticate_headers(request.headers)


def authenticate_headers(headers: Mapping[str, str]) -> ApiKey:
    """As `authenticate_request`, for requests that are not Django's.

    `headers` must ignore the case of names.
    """
    secret = given_key(headers)
    key = find_by_key(secret)
    if key is None:
        raise Refused("not_authenticated", BAD_KEY if secret else NO_KEY, headers=CHALLENGE)
    record_use(key)
    return key


class ApiKeyAuthentication(BaseAuthentication):
    """REST framework's authentication: `request.user` is the key's owner, `request.auth` the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        key = authenticate_request(request._request)
        return key.owner, key
