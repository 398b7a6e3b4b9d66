from __future__ import annotations

from allauth.account.forms import ResetPasswordForm, ResetPasswordKeyForm, UserTokenForm
from allauth.account.internal import flows
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.auth.forms import filled
from accounts.api.auth.views import OpenView
from accounts.api.schemas.auth import ForgotPasswordBody, OutcomeAnswer, ResetPasswordBody
from accounts.attempts import Door

SENT = "If an account has this address, we sent it a mail with a link to choose a new password."
CHANGED = "The password is changed and everything is signed out. Sign in with the new one."


class ForgotPassword(OpenView):
    """`POST /auth/forgot-password`: sends a mail. The answer is the same for an address without an account."""

    door = Door.RESET
    body_fields = ForgotPasswordBody
    answers = {"POST": {202: OutcomeAnswer}}

    def post(self, request: Request) -> Response:
        filled("reset_password", ResetPasswordForm, self.body).save(request._request)
        return Response(OutcomeAnswer({"message": SENT}).data, status=202)


class ResetPassword(OpenView):
    """`POST /auth/reset-password`: sets a password with the key of the mail. The person signs in afterwards."""

    door = Door.RESET
    body_fields = ResetPasswordBody
    answers = {"POST": {200: OutcomeAnswer}}

    def post(self, request: Request) -> Response:
        person, _, key = self.body["key"].partition("-")
        user = filled("user_token", UserTokenForm, {"uidb36": person, "key": key}, about="key").reset_user
        passwords = dict.fromkeys(("password1", "password2"), self.body["password"])
        form = filled("reset_password_from_key", ResetPasswordKeyForm, passwords, user=user, temp_key=key)
        with transaction.atomic():
            form.save()
            flows.password_reset.finalize_password_reset(request._request, user)
        return Response(OutcomeAnswer({"message": CHANGED}).data)
