from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing.ledger import present_account
from billing.models import CreditAccount, Subscription
from billing.payments.offers import has_trial, live_subscription
from billing.queries import (
    PlanOffer,
    Standing,
    offered_plans,
    packs_for_sale,
    picture_prices,
    standing_of,
)
from billing.selling import is_selling
from billing.web.comparison import limit_rows, picture_rows
from creator.web.pages import page

SETTLED = (Standing.FREE, Standing.GIVEN, Standing.TRIAL, Standing.ACTIVE)
"""In any other standing, something is to be done about the present plan before it can be changed."""


class Step(TextChoices):
    """What a click on a plan does."""

    NONE = ""
    SUBSCRIBE = "subscribe"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Choice:
    """A plan as one person may choose it. `is_trial`: it begins with the free trial."""

    offer: PlanOffer
    step: Step
    is_trial: bool = False


@page("GET", signed_in=False)
def pricing(request: HttpRequest) -> HttpResponse:
    """The plans and packs as staff set them, and what their credits buy. The reader's own plan is marked."""
    offers, person_id = offered_plans(), request.user.pk
    context = {
        "offers": offers,
        "limits": limit_rows(offers),
        "pictures": picture_rows(offers, picture_prices()),
        "sells": is_selling(),
        "packs": packs_for_sale(),
        **(_for_person(present_account(person_id), offers) if person_id else _for_strangers(offers)),
    }
    return render(request, "billing/pricing.html", context)


def _for_strangers(offers: Iterable[PlanOffer]) -> dict[str, object]:
    return {"choices": [Choice(each, Step.NONE, is_trial=each.plan.trial_days > 0) for each in offers]}


def _for_person(account: CreditAccount, offers: Iterable[PlanOffer]) -> dict[str, object]:
    subscription = live_subscription(account)
    standing = standing_of(account, subscription, timezone.now())
    is_free_to_choose = is_selling() and standing in SETTLED
    return {
        "account": account,
        "is_held_up": is_selling() and standing not in SETTLED,
        "choices": [
            _choice(each, account, subscription) if is_free_to_choose else Choice(each, Step.NONE)
            for each in offers
        ],
    }


def _choice(offer: PlanOffer, account: CreditAccount, subscription: Subscription | None) -> Choice:
    plan = offer.plan
    if plan.slug == account.plan_id:
        return Choice(offer, Step.NONE)
    if subscription:
        return Choice(offer, Step.CHANGE if plan.price_cents else Step.CANCEL)
    if plan.price_cents and plan.price_id:
        return Choice(offer, Step.SUBSCRIBE, is_trial=has_trial(account, plan))
    return Choice(offer, Step.NONE)
