"""allauth's mails as kinds of ours. allauth calls its adapter in its own flows, so nothing else needs to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from accounts.device_names import device_name
from accounts.models import User
from accounts.notifications import kinds
from accounts.notifications.kind import Kind
from accounts.notifications.notifying import notify

KINDS: Mapping[str, Kind] = {
    "account/email/email_confirmation": kinds.VERIFICATION,
    "account/email/email_confirmation_signup": kinds.VERIFICATION,
    "account/email/password_reset_key": kinds.RESET,
    "account/email/account_already_exists": kinds.ACCOUNT_EXISTS,
    "account/email/unknown_account": kinds.UNKNOWN_ACCOUNT,
    "account/email/password_changed": kinds.PASSWORD_CHANGED,
    "account/email/password_set": kinds.PASSWORD_CHANGED,
    "account/email/password_reset": kinds.PASSWORD_CHANGED,
    "socialaccount/email/account_connected": kinds.GOOGLE_LINKED,
    "socialaccount/email/account_disconnected": kinds.GOOGLE_UNLINKED,
}
"""allauth's template → kind. allauth has other mails too, for parts that we do not use."""


def notify_for_allauth(template: str, address: str, context: Mapping[str, Any], request: HttpRequest) -> None:
    """Puts the mail into the outbox, in the caller's transaction. Raises KeyError for a mail that has no kind.

    Of allauth's context, a row stores only values that give no access to an account.
    """
    kind = KINDS[template]
    user = context.get("user") or getattr(request, "user", None)
    facts = {"address": context["ip"]} if "ip" in context else {}
    if "user_agent" in context:
        facts["device"] = device_name(context["user_agent"])
    allowed = {*kind.sample, "address", "device"}
    notify(
        kind,
        user if isinstance(user, User) else None,
        event_id=uuid.uuid4().hex,
        facts={name: value for name, value in facts.items() if name in allowed},
        to=address,
    )
