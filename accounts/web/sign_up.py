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

    def hash_password(self) -> None:
        """Hashes the password for known addresses too: nothing else here takes so long."""
        person = User()
        person.set_password(self.cleaned_data.pop("password1"))
        self.hashed_password = person.password

    def try_save(self, request: HttpRequest) -> Any:
        request.session[TYPED] = shown(self["email"].data)
        return super().try_save(request)


class SignUpPage(SignupView):
    def form_valid(self, form: SignUpForm) -> HttpResponse:
        form.hash_password()
        try:
            return self._sign_up(form)
        except IntegrityError:  # the same address signed up a moment ago
            form.account_already_exists = True
            if not _answers_by_mail():
                form.add_error("email", get_adapter().validation_error("email_taken"))
                return self._form_again(form)
            return self._sign_up(form)

    @transaction.atomic
    def _sign_up(self, form: SignUpForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        return answer

    def _form_again(self, form: SignUpForm) -> HttpResponse:
        answer: HttpResponse = self.form_invalid(form)
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
