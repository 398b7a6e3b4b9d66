"""What became of a page of Stripe's on which a person went to pay."""

from __future__ import annotations

from uuid import UUID

from django.db.models import TextChoices

from billing.enums import RUNNING, RequestKind, RequestState
from billing.models import LedgerEntry, StripeRequest, Subscription

PAGES = (RequestKind.SUBSCRIBE, RequestKind.TOP_UP)


class Outcome(TextChoices):
    """`paid`: the plan or the credits are there, not only the payment."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


def checkout_of(owner_id: UUID, session_id: str) -> StripeRequest | None:
    """The person's request of this page, with its plan, pack and account. One query."""
    asked = StripeRequest.objects.filter(account__owner_id=owner_id, kind__in=PAGES, object_id=session_id)
    return asked.select_related("plan", "pack", "account").first() if session_id else None


def outcome_of(request: StripeRequest) -> Outcome:
    """What the rows say, which a look at Stripe wrote: coming back from the page proves nothing. One query."""
    if request.kind == RequestKind.TOP_UP:
        is_there = LedgerEntry.objects.filter(source="pack", source_id=request.object_id).exists()
    else:
        bought = Subscription.objects.filter(customer__account_id=request.account_id, plan_id=request.plan_id)
        is_there = bought.filter(customer__is_live=request.is_live, status__in=RUNNING).exists()
    if is_there:
        return Outcome.PAID
    return Outcome.FAILED if request.state == RequestState.FAILED else Outcome.PENDING
