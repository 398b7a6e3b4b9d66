from __future__ import annotations

from typing import Any

from allauth.account.views import EmailView
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase

NOT_AGAIN = (
    "No link was sent: one went to this address less than three minutes ago. "
    "Look into your mail, also among spam, or ask again in three minutes."
)


class EmailPage(EmailView):
    """allauth's page of addresses, which would leave out a link that was asked for too often without a word."""

    def _action_send(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase | None:
        answer: HttpResponseBase | None = super()._action_send(request, *args, **kwargs)
        if not self._did_send_verification_email:
            messages.warning(request, NOT_AGAIN)
        return answer
