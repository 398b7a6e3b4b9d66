"""What accounts and the platform store about a person, for the export and for the erasure of accounts.

Rows that name the person and nothing else go with the user's row, which `accounts.erasure` deletes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage

from accounts.audit import lines_of
from accounts.export.making import folder_of
from accounts.models import (
    ApiKey,
    DataExport,
    EmailChange,
    KnownDevice,
    MailSchedule,
    Notification,
    NotificationPreference,
    TokenFamily,
    User,
)
from accounts.registry import Counts, PersonalData, Rows
from creator.lib import rate_limits
from creator.lib.paging import in_pages
from creator.lib.storage.deleting import delete_folder
from creator.platform.models import IdempotencyKey

PROFILE = (
    *("id", "shown_email", "email", "name", "time_zone", "language", "theme", "keep_copyright", "role"),
    *("date_joined", "last_login"),
)
PROGRAM = ("device", "address", "created_at", "refreshed_at", "ended_at", "ended_by")
KEY = ("name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "last_used_from", "revoked_at")


def rows_of(user: User) -> Mapping[str, Rows]:
    return {
        "profile": Rows(User.objects.filter(pk=user.pk), PROFILE),
        "addresses": Rows(EmailAddress.objects.filter(user=user), ("email", "verified", "primary")),
        "address_change": _of(user, EmailChange, "typed_email", "asked_at"),
        "sessions": _of(user, UserSession, "created_at", "last_seen_at", "ip", "user_agent"),
        "second_factors": _of(user, Authenticator, "type", "created_at", "last_used_at"),
        "outside_accounts": _of(user, SocialAccount, "provider", "uid", "date_joined", "last_login"),
        "devices": _of(user, KnownDevice, "label", "address", "first_seen_at", "last_seen_at"),
        "api_keys": Rows(ApiKey.objects.filter(owner=user), KEY),
        "notifications": _of(user, Notification, "kind", "facts", "created_at"),
        "notification_preferences": _of(user, NotificationPreference, "kind", "mail", "page"),
        "mail_schedule": _of(user, MailSchedule, "quiet_from", "quiet_until", "rhythm"),
        "signed_in_programs": Rows(TokenFamily.objects.filter(owner=user), PROGRAM),
        "exports": Rows(
            DataExport.objects.filter(owner=user), ("created_at", "done_at", "expires_at", "size")
        ),
        "audit": Rows(lines_of(user), ("at", "action", "details")),
        "idempotency_keys": Rows(IdempotencyKey.objects.filter(owner=user), ("key", "status", "created_at")),
    }


def delete_sessions(user: User) -> Counts:
    """Deletes sessions of the user that `accounts.sessions` does not list; asking for the erasure ended the others."""
    store, mine = import_module(settings.SESSION_ENGINE).SessionStore(), str(user.pk)
    keys = [
        row.session_key
        for row in in_pages(Session.objects.all())
        if row.get_decoded().get(SESSION_KEY) == mine
    ]
    for session_key in keys:
        store.delete(session_key)
    return {"sessions": len(keys)}


def delete_exports(user: User) -> Counts:
    """Deletes exports, also one that is being made: its maker finds its file and its row gone."""
    mine = DataExport.objects.filter(owner=user)
    for export in mine:
        delete_folder(default_storage, folder_of(export))
    return {"exports": mine.delete()[0]}


def forget_counts(user: User) -> Counts:
    """Deletes what limits have counted for the person in the last hour."""
    return {"counts_of_limits": rate_limits.forget(str(user.pk))}


def _of(user: User, model: Any, *fields: str) -> Rows:
    return Rows(model._default_manager.filter(user=user), fields)


ACCOUNTS = PersonalData("accounts", rows=rows_of, erase=(delete_sessions, delete_exports, forget_counts))
