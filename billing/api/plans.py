from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from billing.api.schemas.plans import PlanListAnswer
from billing.queries import offered_packs, offered_plans
from billing.selling import is_selling
from creator.api.views import ApiView


class Plans(ApiView):
    """`GET /plans`: the plans and packs on offer, with the numbers of the pricing page."""

    scopes = {"GET": Scope.ACCOUNT_READ}

    def get(self, request: Request) -> Response:
        sells = is_selling()
        packs = offered_packs() if sells else ()
        return Response(PlanListAnswer({"sells": sells, "plans": offered_plans(), "packs": packs}).data)
