"""Ends a person's sessions, signed-in programs and API keys."""

from __future__ import annotations

from accounts.api_keys import revoke_api_key
from accounts.models import ApiKey, User
from accounts.sessions import end_sessions
from accounts.tokens import end_all


def end_access(user: User, *, address: str = "") -> None:
    """In the caller's transaction; open sockets and streams are closed after its commit."""
    for key in ApiKey.objects.filter(owner=user, revoked_at=None):
        revoke_api_key(key=key, address=address)
    end_all(user, address=address)
    end_sessions(user, address=address)
