"""The page to create an account. It answers the same, after the same work, whoever owns the address.

Complete only with CONFIRM_ADDRESSES: without, a new person is let in at once, and a known address cannot be.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from allauth.account.views import SignupView
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts.emails import shown
from accounts.models import User
from accounts.sign_up import may_sign_up
from accounts.web.forms import AddressField, NewPassword

TYPED = "typed_email"
"""Where the session holds the address as it was typed, for the page that follows."""


class SignUpForm(NewPassword, SignupForm):
    email = AddressField()

    def validate_unique_email(self, value: str) -> str:
        email: str = super().validate_unique_email(value)
        if not may_sign_up(email):
            if not _answers_by_mail():
                raise get_adapter().validation_error("not_invited")
            self.account_already_exists = True
        return email

    def clean(self) -> dict[str, Any]:
        """Hashes the password for known addresses too, as nothing else takes so long, and before a transaction."""
        cleaned: dict[str, Any] = super().clean()
        if not self.errors:
            self._hash_password()
        return cleaned

    def try_save(self, request: HttpRequest) -> Any:
        """Raises ValidationError for a known address where no mail can tell it."""
        request.session[TYPED] = shown(self["email"].data)
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError as error:  # the same address signed up a moment ago
            if not _answers_by_mail():
                raise get_adapter().validation_error("email_taken") from error
            self.account_already_exists = True
            return super().try_save(request)

    def _hash_password(self) -> None:
        person = User()
        person.set_password(self.cleaned_data.pop("password1"))
        self.hashed_password = person.password


class SignUpPage(SignupView):
    def form_valid(self, form: SignUpForm) -> HttpResponse:
        try:
            with transaction.atomic():
                answer: HttpResponse = super().form_valid(form)
        except ValidationError as error:
            form.add_error("email", error)
            answer = self.form_invalid(form)
        return answer

    def closed(self) -> HttpResponse:
        answer: HttpResponse = super().closed()
        if self.request.method == "POST":
            answer.status_code = HTTPStatus.FORBIDDEN
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "by_invitation": settings.CONFIG.sign_up == "invited",
            "domains": settings.CONFIG.sign_up_domains,
        }


def _answers_by_mail() -> bool:
    return bool(app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY)
