"""The page to which Stripe sends people after they paid."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.callers import signed_in_user
from billing.models import Customer, StripeRequest
from billing.payments.bell import want_look
from billing.queries.checkouts import Outcome, checkout_of, outcome_of
from creator.web.pages import page

USUAL = timedelta(minutes=30)
"""People take so long on Stripe's page at most; later the page says that something is slow."""
BETWEEN_LOOKS = timedelta(seconds=5)


@page("GET")
def returned(request: HttpRequest) -> HttpResponseBase:
    """Says "pending" until a look at Stripe found the payment, which the page itself asks for."""
    asked = checkout_of(signed_in_user(request).pk, request.GET.get("session_id", ""))
    if asked is None:
        return redirect("billing")
    outcome = outcome_of(asked)
    if outcome == Outcome.PENDING:
        _look_soon(asked)
    context = {
        "asked": asked,
        "outcome": outcome,
        "is_slow": asked.created_at < timezone.now() - USUAL,
    }
    return render(request, "billing/return.html", context)


def _look_soon(asked: StripeRequest) -> None:
    """So that the page ends to be pending although no webhook comes; not more often than every few seconds."""
    mine = Customer.objects.filter(account_id=asked.account_id, is_live=asked.is_live, deleted_at=None)
    lately = timezone.now() - BETWEEN_LOOKS
    want_look(mine.exclude(wanted_at__gt=lately).exclude(looked_at__gt=lately))
