"""allauth's adapter: sends its mails through the outbox, so that no page waits for a mail server."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from django.http import HttpRequest

from accounts.emails import shown
from accounts.models import User
from accounts.models.user import normalised
from accounts.notifications.from_allauth import notify_for_allauth

WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code of your app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}
"""allauth's ways to prove again who someone is, in our words."""


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        notify_for_allauth(template_prefix, email, context, context.get("request") or current.request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.typed_email = shown(form["email"].data)
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def clean_password(self, password: str, user: User | None = None) -> str:
        cleaned: str = super().clean_password(normalised(password), user)
        return cleaned

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        return [{**way, "description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]
