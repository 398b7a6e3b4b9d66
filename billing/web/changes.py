"""Changes of a subscription. Each is shown with its cost and its date before it is made."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.callers import signed_in_user
from accounts.models import User
from billing.ledger import present_account
from billing.models import Subscription
from billing.payments.changes import (
    cancel_subscription,
    change_subscription,
    preview_change,
    resume_subscription,
)
from billing.payments.offers import live_subscription
from billing.queries import offered_plan
from billing.web.acting import tells_on_the_billing_page
from creator.lib.errors import Refused
from creator.lib.formatting import moment
from creator.web.pages import page

UNPRICED = "Look at the price of the change again before you confirm it."
SOON = "In a moment you see it here."
"""The page shows what a look at Stripe has written, and the look follows the click."""


class PricedForm(forms.Form):
    """The moment for which the cost was shown: exactly that is charged."""

    priced_at = forms.DateTimeField()


@page("GET", "POST")
@tells_on_the_billing_page
def change(request: HttpRequest, plan: str) -> HttpResponseBase:
    """What a change to the plan costs, and the change."""
    user, wanted = signed_in_user(request), offered_plan(plan)
    if not wanted.price_cents:
        return redirect("billing_cancel")
    if request.method != "POST":
        context = {
            "plan": wanted,
            "subscription": _subscription(user),
            "cost": preview_change(user, wanted),
        }
        return render(request, "billing/change.html", context)
    form = PricedForm(request.POST)
    if not form.is_valid():
        raise Refused("invalid_parameters", UNPRICED)
    made = change_subscription(user, wanted, priced_at=form.cleaned_data["priced_at"])
    if made.url:
        return HttpResponseRedirect(made.url)
    if made.starts_at > timezone.now():
        words = f"Your plan changes to {wanted.title} on {moment(made.starts_at, 'day')}."
    else:
        words = f"Your plan changes to {wanted.title} now."
    messages.success(request, f"{words} {SOON}")
    return redirect("billing")


@page("GET", "POST")
@tells_on_the_billing_page
def cancel(request: HttpRequest) -> HttpResponseBase:
    """What is lost with the subscription and when, and its end."""
    user = signed_in_user(request)
    if request.method != "POST":
        subscription = _subscription(user)
        return render(request, "billing/cancel.html", {"subscription": subscription})
    ends_at = cancel_subscription(user)
    words = f"Your plan ends on {moment(ends_at, 'day')}. Until then nothing changes."
    messages.success(request, f"{words} {SOON}")
    return redirect("billing")


def _billing(request: HttpRequest) -> str:
    return reverse("billing")


@page("POST", again=_billing)
@tells_on_the_billing_page
def resume(request: HttpRequest) -> HttpResponseBase:
    """Takes back a cancellation or a planned change."""
    resume_subscription(signed_in_user(request))
    messages.success(request, f"Your plan goes on as before. {SOON}")
    return redirect("billing")


def _subscription(user: User) -> Subscription | None:
    return live_subscription(present_account(user.pk))
