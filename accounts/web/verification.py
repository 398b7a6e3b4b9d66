"""Pages on which a new person confirms their address. They show the same to those who typed a known address."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.email_verification import (
    send_verification_email_at_login,
    send_verification_email_to_address,
)
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress, Login
from allauth.account.stages import EmailVerificationStage, LoginStageController
from allauth.account.views import ConfirmEmailView, EmailVerificationSentView
from django.contrib import messages
from django.core import signing
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.web.sign_up import TYPED

AGAIN = "Another mail is on its way."
NOT_AGAIN = (
    "No mail was sent: one went to this address less than three minutes ago. "
    "Look into your mail, also among spam, or ask again in three minutes."
)


def say_whether_sent(request: HttpRequest, was_sent: bool) -> None:
    if was_sent:
        messages.success(request, AGAIN)
    else:
        messages.warning(request, NOT_AGAIN)


class SentPage(EmailVerificationSentView):
    """Says where the link went, sends it again, or lets the person start again with another address."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        stage = LoginStageController.enter(self.request, EmailVerificationStage.key)
        if stage is None:
            return context
        _read_as_for_a_new_person(stage.login, User)
        is_new = stage.login.signup or not stage.login.user
        address = self.request.session.get(TYPED) if is_new else stage.login.user.shown_email
        return context | {"address": address}

    def post(self, request: HttpRequest) -> HttpResponse:
        stage = LoginStageController.enter(request, EmailVerificationStage.key)
        if stage is None:
            return redirect("account_login")
        if "other_address" in request.POST:
            clear_login(request)
            return redirect("account_signup")
        _read_as_for_a_new_person(stage.login, User, User, EmailAddress)
        say_whether_sent(request, send_verification_email_at_login(request, stage.login))
        return redirect("account_email_verification_sent")


def _read_as_for_a_new_person(login: Login, *models: type[Model]) -> None:
    """Reads the rows that allauth reads for a new person: an address that has an account takes as long to answer."""
    if not login.user:
        for model in models:
            model._default_manager.filter(email=login.email).first()


class ConfirmPage(ConfirmEmailView):
    """The page of the link. An old link offers a new one to the same address."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        address = _address_of(self.kwargs["key"])
        if "again" in self.request.POST and address and not address.verified:
            say_whether_sent(self.request, send_verification_email_to_address(self.request, address))
            return redirect("account_email_verification_sent")
        try:
            answer: HttpResponse = super().post(*args, **kwargs)
        except Http404:
            answer = self.get(*args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        address = None if self.object else _address_of(self.kwargs["key"])
        return context | {
            "was_used": bool(address and address.verified),
            "has_expired": bool(address and not address.verified),
        }


def _address_of(key: str) -> EmailAddress | None:
    """Whose link it is or was, also after the link's time."""
    try:
        pk = signing.loads(key, salt=app_settings.SALT)
    except signing.BadSignature:
        return None
    return EmailAddress.objects.filter(pk=pk).first()
