from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.callers import signed_in_user
from billing.ledger import present_account
from billing.payments.customers import customer_of
from billing.payments.offers import live_subscription
from billing.queries import (
    credits_of,
    invoices_of,
    packs_for_sale,
    picture_prices,
    present_notice,
    standing_of,
    statement_of,
    to_be_paid,
)
from billing.selling import is_selling
from creator.web.pages import page


@page("GET")
def billing(request: HttpRequest) -> HttpResponse:
    """The person's plan and how it goes on, their credits, the statement by `page`, invoices, and what they can buy."""
    account = present_account(signed_in_user(request).pk)
    subscription = live_subscription(account)
    credits, invoices = credits_of(account), invoices_of(account)
    shown, lines = statement_of(account, request.GET.get("page"))
    context = {
        "account": account,
        "subscription": subscription,
        "has_customer": bool(subscription or customer_of(account)),
        "standing": standing_of(account, subscription, timezone.now()),
        "credits": credits,
        "enough_for": credits.enough_for(picture_prices()),
        "shown": shown,
        "lines": lines,
        "invoices": invoices,
        "quota": present_notice(account),
        "to_be_paid": to_be_paid(invoices),
        "packs": packs_for_sale(),
        "sells": is_selling(),
    }
    return render(request, "billing/billing.html", context)
