"""Ends everything that lets somebody act as a person: sessions, signed-in programs, API keys."""

from __future__ import annotations

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from accounts.api_keys import revoke_api_key
from accounts.enums import Means
from accounts.models import ApiKey, User
from accounts.signals import tell_access_ended
from accounts.tokens import end_all
from creator.lib.paging import in_pages


def end_access(user: User) -> None:
    """In the caller's transaction; open sockets and streams are closed after its commit."""
    for key in ApiKey.objects.filter(owner=user, revoked_at=None):
        revoke_api_key(key=key)
    end_all(user)
    end_sessions(user)


def end_sessions(user: User) -> int:
    """Ends all sessions of the user and returns how many.

    Reads every session's content: what the list of sessions (`UserSession`) does not know must end too.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    mine = [row.session_key for row in in_pages(Session.objects.all()) if _user_of(row) == str(user.pk)]
    for session_key in mine:
        store.delete(session_key)
        tell_access_ended(Means.SESSION, session_key)
    UserSession.objects.filter(user=user).delete()
    return len(mine)


def _user_of(row: Session) -> str:
    return str(row.get_decoded().get(SESSION_KEY, ""))
