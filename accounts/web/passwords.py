"""Pages that set a password. Each sets it in one transaction with its audit line and its mail."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account import views
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm, ResetPasswordKeyForm, SetPasswordForm
from allauth.account.internal.flows.email_verification import verify_email_indirectly
from allauth.core import context as current
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.encryption import Encryption, Unreadable
from accounts.models import User
from accounts.notifications import kinds, notify
from accounts.web.forms import AddressField, NewPassword

KEYS = Encryption("password-reset")
KEY_IN_SESSION = views.INTERNAL_RESET_SESSION_KEY


class ForgottenForm(ResetPasswordForm):
    """Does the same work for known and unknown addresses: one query, one row of the outbox."""

    email = AddressField()

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.user = User.objects.filter(email=email, is_active=True).first()
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """The link is made when the mail is sent, unlike allauth's, which takes queries here."""
        email: str = self.cleaned_data["email"]
        kind = kinds.RESET if self.user else kinds.UNKNOWN_ACCOUNT
        notify(kind, self.user, event_id=uuid.uuid4().hex, to=email)
        return email


class ResetForm(NewPassword, ResetPasswordKeyForm):
    def save(self) -> None:
        """The link came by mail, so it confirms the address too."""
        verify_email_indirectly(current.request, self.user, self.user.email)
        super().save()


class ChangeForm(NewPassword, ChangePasswordForm):
    pass


class SetForm(NewPassword, SetPasswordForm):
    pass


class ChangePage(views.PasswordChangeView):
    @transaction.atomic
    def form_valid(self, form: ChangeForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        return answer


class SetPage(views.PasswordSetView):
    @transaction.atomic
    def form_valid(self, form: SetForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        return answer


class ResetPage(views.PasswordResetFromKeyView):
    """allauth keeps the key of the link in the session, which is a row: encrypted, and no longer than it works."""

    def dispatch(self, request: HttpRequest, uidb36: str, key: str, **kwargs: Any) -> HttpResponseBase:
        session = request.session
        if KEY_IN_SESSION in session:
            session[KEY_IN_SESSION] = _readable(session[KEY_IN_SESSION])
        try:
            answer: HttpResponseBase = super().dispatch(request, uidb36, key, **kwargs)
        finally:
            if KEY_IN_SESSION in session:
                session[KEY_IN_SESSION] = KEYS.encrypt(session[KEY_IN_SESSION])
        return answer

    @transaction.atomic
    def form_valid(self, form: ResetForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        self.request.session.pop(KEY_IN_SESSION, None)
        return answer


def _readable(kept: str) -> str:
    try:
        return KEYS.decrypt(kept)
    except Unreadable:
        return ""  # allauth then asks for a new link
