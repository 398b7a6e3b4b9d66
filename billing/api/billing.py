from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from billing.api.schemas.billing import BillingAnswer
from billing.ledger import present_account
from billing.payments.offers import live_subscription
from billing.queries import credits_of, standing_of
from creator.api.views import ApiView


class Billing(ApiView):
    """`GET /billing`: the caller's plan, period and credits, as the billing page shows them."""

    scopes = {"GET": Scope.ACCOUNT_READ}
    answers = {"GET": {200: BillingAnswer}}

    def get(self, request: Request) -> Response:
        account = present_account(caller_of(request).pk)
        subscription, credits = live_subscription(account), credits_of(account)
        answer = {
            "plan": account.plan_id,
            "standing": standing_of(account, subscription, timezone.now()),
            "blocked_from": account.blocked_from,
            "subscription": subscription,
            "period": credits,
            "credits": credits,
            "spend_cap": account.spend_cap,
        }
        return Response(BillingAnswer(answer).data)
