from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.auth.me import describe
from accounts.api.schemas.auth import PersonAnswer
from accounts.callers import principal_of
from accounts.enums import Scope
from billing.plans import limits_of
from creator.api.views import ApiView


class MeAnswer(PersonAnswer):
    """Who calls, and the slug of their plan."""

    plan = serializers.CharField()


class Me(ApiView):
    """`GET /auth/me`: who the key or token belongs to, and what it may do."""

    scopes = {"GET": Scope.ACCOUNT_READ}
    answers = {"GET": {200: MeAnswer}}

    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        plan = limits_of(principal.user.pk).slug
        return Response(MeAnswer(describe(principal) | {"plan": plan}).data)
