from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from billing.plans import limits_of
from creator.web.pages import page


@page("GET")
def billing(request: HttpRequest) -> HttpResponse:
    """The person's plan and credits."""
    return render(request, "billing/billing.html", {"limits": limits_of(signed_in_user(request).pk)})
