"""The ways to Stripe's pages: to subscribe, to buy credits once, to see cards and invoices."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from accounts.callers import signed_in_user
from billing.payments.checkout import start_subscription, start_top_up
from billing.payments.portal import open_portal
from billing.queries import offered_pack, offered_plan
from billing.web.acting import tells_on_the_billing_page
from creator.web.pages import page


def _pricing(request: HttpRequest, **_: object) -> str:
    return reverse("pricing")


def _billing(request: HttpRequest, **_: object) -> str:
    return reverse("billing")


@page("POST", again=_pricing)
@tells_on_the_billing_page
def subscribe(request: HttpRequest, plan: str) -> HttpResponseBase:
    """Leads to Stripe's page on which the person subscribes to the plan."""
    return HttpResponseRedirect(start_subscription(signed_in_user(request), offered_plan(plan)))


@page("POST", again=_pricing)
@tells_on_the_billing_page
def top_up(request: HttpRequest, pack: str) -> HttpResponseBase:
    """Leads to Stripe's page on which the person buys the pack."""
    return HttpResponseRedirect(start_top_up(signed_in_user(request), offered_pack(pack)))


@page("POST", again=_billing)
@tells_on_the_billing_page
def portal(request: HttpRequest) -> HttpResponseBase:
    """Leads to Stripe's pages of the person's cards and invoices; with `card`, to the change of the card."""
    user = signed_in_user(request)
    address = open_portal(user, "payment_method_update") if "card" in request.POST else open_portal(user)
    return HttpResponseRedirect(address)
