"""allauth's adapter: sends its mails through the outbox, so that no page waits for a mail server."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from django.http import HttpRequest
from django.urls import reverse

from accounts import sign_up
from accounts.emails import shown
from accounts.models import User
from accounts.models.user import normalised
from accounts.notifications import kinds, notify
from accounts.notifications.from_allauth import notify_for_allauth

WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code of your app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}
"""allauth's ways to prove again who someone is, in our words."""

LINK_SENT = "account/messages/email_confirmation_sent.txt"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The email address or the password is not correct.",
        "enter_current_password": "This is not your password.",
        "incorrect_password": "This is not your password.",
        "email_taken": "There is an account with this address already. Sign in, or choose a new password by mail.",
        "not_invited": "This address is not invited. Ask the operator of this installation for an invitation.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return sign_up.is_open()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        notify_for_allauth(template_prefix, email, context, context.get("request") or current.request)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tells the address why its sign-up made no account. The page told nothing, for strangers read it too."""
        kind = kinds.ACCOUNT_EXISTS if User.objects.find(email) else kinds.NOT_INVITED
        notify(kind, None, event_id=uuid.uuid4().hex, to=email)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **more: Any
    ) -> None:
        """Leaves out what the page that follows says in full, with the address as it was typed."""
        if not (message_template == LINK_SENT and app_settings.EMAIL_VERIFICATION == "mandatory"):
            super().add_message(request, level, message_template, *args, **more)

    def send_notification_mail(self, template_prefix: str, *args: Any, **kwargs: Any) -> None:
        """Those of second factors are sent in the transaction of the change (`accounts.web.factors`)."""
        if not template_prefix.startswith("mfa/"):
            super().send_notification_mail(template_prefix, *args, **kwargs)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Stores the address as it was typed, and the password as `SignUpForm` has hashed it."""
        super().save_user(request, user, form, commit=False)
        user.typed_email = shown(form["email"].data)
        user.password = getattr(form, "hashed_password", user.password)
        if commit:
            user.save()
        return user

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_security")

    def set_password(self, user: User, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])

    def clean_password(self, password: str, user: User | None = None) -> str:
        cleaned: str = super().clean_password(normalised(password), user)
        return cleaned

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """allauth's, and a link by mail for people who have none of them, as those who sign in with Google."""
        ways = [{**way, "description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]
        return ways or [{"id": "mail", "description": "Get a link", "url": reverse("account_proof_by_mail")}]
