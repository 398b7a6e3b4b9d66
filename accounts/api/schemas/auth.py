from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.enums import Means, Scope
from creator.api.fields import AnswerFields, Fields

LONGEST = 1000


def _text(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST, **options)


class KeyField(serializers.CharField):
    """The key of a mail: the last part of its link. The whole link is taken too."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).rstrip("/").rpartition("/")[2]


def _secret(**options: Any) -> serializers.CharField:
    return _text(trim_whitespace=False, **options)


class RegisterBody(Fields):
    """`POST /auth/register`."""

    email = _text()
    password = _secret()


class VerifyBody(Fields):
    """`POST /auth/verify`. `key`: of the mail."""

    key = KeyField(max_length=LONGEST)


class ProgramFields(Fields):
    """What a program says about itself when it signs in. `cookies`: a browser, which gets its tokens as cookies."""

    device = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    cookies = serializers.BooleanField(required=False, default=False)


class LoginBody(ProgramFields):
    """`POST /auth/login`. `code`: of the second factor, if it is at hand already."""

    email = _text()
    password = _secret()
    code = _text(required=False, default="", allow_blank=True)


class GoogleBody(Fields):
    """`POST /auth/google`. `redirect_uri`: where the program listens; `code_challenge`: S256 of its verifier."""

    redirect_uri = _text()
    code_challenge = _text()


class GoogleTokensBody(Fields):
    """`POST /auth/google/tokens`. `code` and `state` as they came to the program."""

    code = _text()
    state = serializers.CharField(max_length=4 * LONGEST)
    code_verifier = _text()
    device = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)


class GoogleAnswer(AnswerFields):
    authorization_url = serializers.CharField()
    expires_in = serializers.IntegerField()


class SecondFactorBody(ProgramFields):
    """`POST /auth/login/second-factor`."""

    login_token = serializers.CharField(max_length=4 * LONGEST)
    code = _text()


class RefreshBody(Fields):
    """`POST /auth/refresh`. A browser leaves the token out: it is in its cookie."""

    refresh_token = _text(required=False, default="", allow_blank=True)


class LogoutBody(RefreshBody):
    """`POST /auth/logout`. `all`: sign out every program of the person."""

    all = serializers.BooleanField(required=False, default=False)


class ForgotPasswordBody(Fields):
    """`POST /auth/forgot-password`."""

    email = _text()


class ResetPasswordBody(Fields):
    """`POST /auth/reset-password`. `key`: of the mail."""

    key = KeyField(max_length=LONGEST)
    password = _secret()


class OutcomeAnswer(AnswerFields):
    """What happened, as a sentence."""

    message = serializers.CharField()


class TokensAnswer(AnswerFields):
    """The tokens of a signed-in program (RFC 6749, section 5.1), and until when it may refresh them."""

    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    refresh_token = serializers.CharField()
    refresh_expires_at = serializers.DateTimeField()


class CookiesAnswer(AnswerFields):
    """As `TokensAnswer`, for a browser that has its tokens as cookies. `csrf_token` goes into `X-CSRFToken`."""

    csrf_token = serializers.CharField()
    expires_in = serializers.IntegerField()
    refresh_expires_at = serializers.DateTimeField()


class PersonAnswer(AnswerFields):
    """Who calls, by which means, and what these allow."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_blank=True)
    verified = serializers.BooleanField()
    means = serializers.ChoiceField(choices=Means.choices)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
