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

from accounts.models import User
from accounts.notifications import kinds, notify
from accounts.web.forms import AddressField, NewPassword


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
    @transaction.atomic
    def form_valid(self, form: ResetForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        return answer
