from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from allauth.account.internal import flows
from allauth.account.models import get_emailconfirmation_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.auth.forms import check, filled
from accounts.api.auth.views import OpenView
from accounts.api.schemas.auth import OutcomeAnswer, RegisterBody, VerifyBody
from accounts.attempts import Door
from creator.lib.errors import Refused

LOOK_INTO_YOUR_MAIL = "We sent a mail to this address. Its link confirms the address."
NOT_OPEN = "No new accounts can be made here."
VERIFIED = "The email address is confirmed. You can sign in."
DEAD_LINK = "This link was used before, or it is too old. Sign in to get a new one."


class Register(OpenView):
    """`POST /auth/register`: a new account. The answer is the same for an address that has one; its mail says so."""

    door = Door.SIGN_UP
    body_fields = RegisterBody
    answers = {"POST": {202: OutcomeAnswer}}
    refusals = {"POST": ("not_allowed",)}

    def post(self, request: Request) -> Response:
        asked, django_request = self.body, request._request
        if not get_adapter().is_open_for_signup(django_request):
            raise Refused("not_allowed", NOT_OPEN)
        data = {"email": asked["email"], "password1": asked["password"], "password2": asked["password"]}
        form = filled("signup", SignupForm, data)
        try:
            with transaction.atomic():
                _sign_up(form, django_request)
        except ValidationError as error:
            form.add_error("email", error)
            check(form)
        return Response(OutcomeAnswer({"message": LOOK_INTO_YOUR_MAIL}).data, status=202)


def _sign_up(form: Any, request: HttpRequest) -> None:
    user, _ = form.try_save(request)
    if user:
        # With this the flow sends the mail and ends before it would open a session.
        mandatory = app_settings.EmailVerificationMethod.MANDATORY
        flows.signup.complete_signup(request, user=user, email_verification=mandatory)


class Verify(OpenView):
    """`POST /auth/verify`: confirms an e-mail address with the key of the mail."""

    door = Door.VERIFY
    body_fields = VerifyBody
    answers = {"POST": {200: OutcomeAnswer}}

    def post(self, request: Request) -> Response:
        verification = get_emailconfirmation_model().from_key(self.body["key"])
        with transaction.atomic():
            if not verification or not verification.confirm(request._request):
                raise Refused("invalid_parameters", DEAD_LINK, {"key": DEAD_LINK})
        return Response(OutcomeAnswer({"message": VERIFIED}).data)
