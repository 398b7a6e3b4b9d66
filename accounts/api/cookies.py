"""Tokens as cookies, for programs that run in a browser: no script can read them."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie
from rest_framework.authentication import CSRFCheck

from accounts.tokens import ACCESS_LASTS, Tokens
from creator.lib.errors import Refused

NO_CSRF = "Send the csrf_token that came with the cookies as X-CSRFToken, from a page of this site."


def access_in(headers: Mapping[str, str]) -> str:
    """The access token among the cookies, or an empty string. `headers` must ignore the case of names."""
    return parse_cookie(headers.get("Cookie", "")).get(_name("access"), "")


def refresh_in(headers: Mapping[str, str]) -> str:
    """As `access_in`, for the refresh token."""
    return parse_cookie(headers.get("Cookie", "")).get(_name("refresh"), "")


def set_tokens(answer: HttpResponse, pair: Tokens) -> None:
    """Gives the browser both tokens. Each cookie goes when its token expires."""
    lasts = {"access": (pair.access, ACCESS_LASTS), "refresh": (pair.refresh, pair.family.UNUSED_FOR)}
    for name, (token, age) in lasts.items():
        answer.set_cookie(
            _name(name),
            token,
            max_age=age,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def drop_tokens(answer: HttpResponse) -> None:
    for name in ("access", "refresh"):
        answer.delete_cookie(_name(name), samesite="Lax")


def check_csrf(request: HttpRequest) -> None:
    """Django's check, which REST framework's views leave out. Raises Refused("not_allowed")."""
    check = CSRFCheck(lambda _: HttpResponse())
    check.process_request(request)
    if check.process_view(request, HttpResponse, (), {}):
        raise Refused("not_allowed", NO_CSRF)


def _name(kind: str) -> str:
    """With the prefix, a browser takes the cookie over HTTPS from this host only (RFC 6265bis, 4.1.3.2)."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}{kind}_token"
