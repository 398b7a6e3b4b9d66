from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from billing.ledger import credit_account_of
from billing.plans import limits_of
from billing.queries import present_notice
from creator.web.pages import page


@page("GET")
def billing(request: HttpRequest) -> HttpResponse:
    """The person's plan and credits."""
    user = signed_in_user(request)
    context = {"limits": limits_of(user.pk), "quota": present_notice(credit_account_of(user.pk))}
    return render(request, "billing/billing.html", context)
