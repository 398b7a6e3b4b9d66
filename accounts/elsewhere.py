"""Ends what is signed in elsewhere, once a person's password or address has changed."""

from __future__ import annotations

from django.http import HttpRequest

from accounts import sessions, tokens
from accounts.models import User


def end_elsewhere(user: User, request: HttpRequest) -> None:
    """Ends all sessions and signed-in programs of the user but the session of this request, and what they have open.

    They lost their proof with the change (`User.proofs`). This closes their sockets at once and tells the audit.
    """
    address = request.META["REMOTE_ADDR"]
    own = request.session.session_key if request.user == user else ""
    sessions.end_sessions(user, keep=own or "", address=address)
    tokens.end_all(user, address=address)
