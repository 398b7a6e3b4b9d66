from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.plans import limits_of
from billing.queries import offered_packs, offered_plans, picture_prices
from billing.web.comparison import limit_rows, picture_rows
from creator.web.pages import page


@page("GET", signed_in=False)
def pricing(request: HttpRequest) -> HttpResponse:
    """The plans and packs as staff set them, and what their credits buy. The reader's own plan is marked."""
    offers = offered_plans()
    person_id = request.user.pk
    context = {
        "offers": offers,
        "current": limits_of(person_id).slug if person_id else "",
        "limits": limit_rows(offers),
        "pictures": picture_rows(offers, picture_prices()),
        "packs": offered_packs(),
        "sells": False,
    }
    return render(request, "billing/pricing.html", context)
