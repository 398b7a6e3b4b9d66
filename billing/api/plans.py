from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from billing.api.schemas.plans import PlanListAnswer
from billing.queries import offered_plans, packs_for_sale
from billing.selling import is_selling
from creator.api.views import ApiView


class Plans(ApiView):
    """`GET /plans`: the plans and packs on offer, with the numbers of the pricing page."""

    scopes = {"GET": Scope.ACCOUNT_READ}
    answers = {"GET": {200: PlanListAnswer}}

    def get(self, request: Request) -> Response:
        offers = {"sells": is_selling(), "plans": offered_plans(), "packs": packs_for_sale()}
        return Response(PlanListAnswer(offers).data)
