from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.api.auth.signing_in import answer_with
from accounts.api.auth.views import OpenView
from accounts.api.authentication import given_secret
from accounts.api.cookies import access_in, check_csrf, drop_tokens, refresh_in
from accounts.api.schemas.auth import CookiesAnswer, LogoutBody, OutcomeAnswer, RefreshBody, TokensAnswer
from accounts.attempts import Door
from accounts.enums import FamilyEnd
from accounts.models import TokenFamily
from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused
from creator.platform.idempotency import check_key

NOT_SIGNED_IN = "Send the access token or the refresh token of the program that signs out."


class Refresh(OpenView):
    """`POST /auth/refresh`: the next pair of tokens. Each refresh token works once."""

    body_fields = RefreshBody
    answers = {"POST": {200: (TokensAnswer, CookiesAnswer)}}
    refusals = {"POST": ("not_authenticated", "not_allowed", "already_refreshed")}
    repeatable = ("POST",)

    def post(self, request: Request) -> Response:
        given, key = self.body["refresh_token"], request.headers.get("Idempotency-Key", "")
        if key:
            check_key(key)
        if not given:
            check_csrf(request._request)
        try:
            pair, is_new = tokens.rotate(
                given or refresh_in(request.headers), address=self.address, idempotency_key=key
            )
        except Refused as refused:
            if refused.code == "not_authenticated":
                self.count_try(Door.TOKEN)
            raise
        answer = answer_with(request._request, pair, cookies=not given)
        if not is_new:
            answer["Idempotency-Replayed"] = "true"
        return answer


class Logout(OpenView):
    """`POST /auth/logout`: ends the program's access at once, or that of every program of its person."""

    body_fields = LogoutBody
    answers = {"POST": {200: OutcomeAnswer}}
    refusals = {"POST": ("not_authenticated", "not_allowed")}

    def post(self, request: Request) -> Response:
        family = self._family(request)
        if family is None:
            raise Refused("not_authenticated", NOT_SIGNED_IN, headers=CHALLENGE)
        if self.body["all"]:
            tokens.end_all(family.owner, FamilyEnd.SIGNED_OUT, address=self.address)
        else:
            tokens.end_family(family, FamilyEnd.SIGNED_OUT, address=self.address)
        answer = Response(OutcomeAnswer({"message": "Signed out."}).data)
        drop_tokens(answer)
        return answer

    def _family(self, request: Request) -> TokenFamily | None:
        if refresh := self.body["refresh_token"]:
            return tokens.find_to_sign_out(refresh, address=self.address)
        if access := given_secret(request.headers):
            return tokens.find_by_access_token(access)
        check_csrf(request._request)
        return tokens.find_by_access_token(access_in(request.headers)) or tokens.find_to_sign_out(
            refresh_in(request.headers), address=self.address
        )
