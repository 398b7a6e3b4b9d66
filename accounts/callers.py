"""The user of a request, typed as `User`."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request

from accounts.models import User


def signed_in_user(request: HttpRequest) -> User:
    """The user of a page that requires sign-in."""
    return cast(User, request.user)


def key_owner(request: Request) -> User:
    """The owner of the API key of a request."""
    return cast(User, request.user)


def user_of_session(session_key: str) -> User | None:
    """The user whom this session signs in, or None. Two queries, or one if the cache has the session.

    For requests that are not Django's. Checks what `django.contrib.auth.get_user` checks and changes nothing:
    that function may give the session a new key, which has to be sent to the browser.
    """
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = User.objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
    if user is None:
        return None
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    given = session.get(HASH_SESSION_KEY, "")
    return user if any(constant_time_compare(given, each) for each in hashes) else None
