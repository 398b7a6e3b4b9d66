"""allauth's adapter: sends its mails through the outbox, so that no page waits for a mail server."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current

from accounts.notifications.mail import send_later


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        send_later(template_prefix, email, context, context.get("request") or current.request)
