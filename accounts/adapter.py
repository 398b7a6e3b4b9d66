"""What we do otherwise than allauth: a mail that does not go out ends no request; who asked for it is told."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest

log = structlog.get_logger(__name__)
NOT_SENT = "Our mail does not go out just now, so nothing was sent. Ask for it again in a few minutes."
NOT_CONFIRMED = (
    "Our mail does not go out just now, so nothing was sent. Sign in in a few minutes to get the link."
)
AFTER_SIGN_UP = ("email_confirmation_signup", "email_confirmation", "account_already_exists")
SENT = "account/messages/email_confirmation_sent.txt"


class AccountAdapter(DefaultAccountAdapter):
    """Of known and unknown addresses the same is said: both would have got a mail."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # every error of smtplib is one
            kind = template_prefix.rpartition("/")[2]
            log.error("mail_not_sent", kind=kind, reason=str(error)[:200])
            if current.request is not None:
                self._tell(current.request, kind, email)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template == SENT and getattr(request, "mail_failed", False):
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def _tell(self, request: HttpRequest, kind: str, email: str) -> None:
        messages.error(request, NOT_CONFIRMED if kind in AFTER_SIGN_UP else NOT_SENT)
        request.mail_failed = True  # type: ignore[attr-defined]  # a note for add_message
        # What was not sent does not count against the one in three minutes.
        ratelimit.clear(request, action="confirm_email", key=email.lower())
