from __future__ import annotations

from allauth.account.forms import LoginForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import Login as Signing
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.auth.forms import filled
from accounts.api.auth.signing_in import SIGN_IN_REFUSALS, confirm, read_login, sign_in
from accounts.api.auth.views import OpenView
from accounts.api.schemas.auth import CookiesAnswer, LoginBody, SecondFactorBody, TokensAnswer
from accounts.attempts import Door


class Login(OpenView):
    """`POST /auth/login`: tokens for e-mail address and password, and for a code where the person has a second factor."""

    door = Door.TOKEN
    body_fields = LoginBody
    answers = {"POST": {200: (TokensAnswer, CookiesAnswer)}}
    refusals = {"POST": SIGN_IN_REFUSALS}

    def post(self, request: Request) -> Response:
        asked, django_request = self.body, request._request
        data = {"login": asked["email"], "password": asked["password"]}
        form = filled("login", LoginForm, data, request=django_request)
        address = form.cleaned_data["login"]
        record_authentication(django_request, form.user, method="password", email=address)
        login = Signing(user=form.user, email=address)
        if asked["code"]:
            self.count_try(Door.SECOND_FACTOR, who=str(form.user.pk))
            confirm(django_request, login, asked["code"])
        return sign_in(django_request, login, device=asked["device"], cookies=asked["cookies"])


class SecondFactor(OpenView):
    """`POST /auth/login/second-factor`: tokens for a code, after `login` asked for it."""

    body_fields = SecondFactorBody
    answers = {"POST": {200: (TokensAnswer, CookiesAnswer)}}
    refusals = {"POST": SIGN_IN_REFUSALS}

    def post(self, request: Request) -> Response:
        asked, django_request = self.body, request._request
        login = read_login(asked["login_token"])
        self.count_try(Door.SECOND_FACTOR, who=str(login.user.pk))
        confirm(django_request, login, asked["code"])
        return sign_in(django_request, login, device=asked["device"], cookies=asked["cookies"])
