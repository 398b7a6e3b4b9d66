"""Authenticates sockets: pages by their session, programs by their API key, never by both."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddleware
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.auth.models import AnonymousUser
from django.utils.crypto import constant_time_compare
from django.utils.datastructures import CaseInsensitiveMapping

from accounts.api.authentication import authenticate_headers, given_key
from accounts.models import User
from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused
from jobs.streaming.database import in_database
from jobs.streaming.sessions import proofs_of


class KeyOrSession:
    """ASGI middleware. A handshake with an API key goes to `keyed` as the key's owner, even if it carries
    cookies; an invalid key is refused with 401. Every other handshake goes to `session`.
    """

    def __init__(self, *, keyed: Any, session: Any) -> None:
        self.keyed = keyed
        self.session = session

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = CaseInsensitiveMapping(
            {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        )
        if not given_key(headers):
            await self.session(scope, receive, send)
            return
        try:
            key = await in_database(authenticate_headers)(headers)
        except Refused as refused:
            await refuse_handshake(send, refused)
            return
        await self.keyed({**scope, "user": key.owner, "api_key": key}, receive, send)


class SessionUser(AuthMiddleware):
    """ASGI middleware inside Channels' sessions: puts the session's user into the scope.

    Channels' own knows no SECRET_KEY_FALLBACKS, and deletes a session that it cannot verify.
    """

    async def resolve_scope(self, scope: Any) -> None:
        scope["user"]._wrapped = await in_database(user_of)(scope["session"])


def user_of(session: Any) -> User | AnonymousUser:
    """As `django.contrib.auth.get_user`, but changes no session: a handshake cannot hand out a new cookie."""
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return AnonymousUser()
    backend = load_backend(session[BACKEND_SESSION_KEY])
    user: User | None = backend.get_user(User._meta.pk.to_python(session[SESSION_KEY]))
    given = session.get(HASH_SESSION_KEY, "")
    is_proved = user is not None and any(constant_time_compare(given, each) for each in proofs_of(user))
    return user if user is not None and is_proved else AnonymousUser()
