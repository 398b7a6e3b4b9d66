"""The user of a request, typed as `User`."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.sessions.backends.base import SessionBase
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


def user_of_session(session: SessionBase) -> User | None:
    """The user whom the session signs in, if it still works: as `django.contrib.auth.get_user`.

    It changes no session: that function may give one a new key, and only an answer of Django's hands out cookies.
    """
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    backend = load_backend(session[BACKEND_SESSION_KEY])
    user: User | None = backend.get_user(User._meta.pk.to_python(session[SESSION_KEY]))
    given = session.get(HASH_SESSION_KEY, "")
    return user if user and any(constant_time_compare(given, each) for each in proofs_of(user)) else None


def proofs_of(user: User) -> list[str]:
    """What the sessions of this user may carry as proof: one for the secret key and one for each of its fallbacks."""
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
