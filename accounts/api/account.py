from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.schemas.account import AccountAnswer, AccountBody
from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.views import ApiView


class Account(ApiView):
    """`GET /account`: the caller's profile. `PATCH /account`: changes the fields that are sent, and answers it."""

    scopes = {"GET": Scope.ACCOUNT_READ, "PATCH": Scope.ACCOUNT_WRITE}
    body_fields = AccountBody
    answers = {"GET": {200: AccountAnswer}, "PATCH": {200: AccountAnswer}}

    def get(self, request: Request) -> Response:
        return Response(AccountAnswer(caller_of(request)).data)

    def patch(self, request: Request) -> Response:
        user = caller_of(request)
        for name, value in self.body.items():
            setattr(user, name, value)
        user.save(update_fields=list(self.body))
        return Response(AccountAnswer(user).data)
