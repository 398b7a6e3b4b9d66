"""Pages that anybody may see: the landing page, the presets; and the switch between light and dark."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from creator.lib.theme import THEME_COOKIE, THEMES
from jobs.catalogue import get_offered, offered_presets
from jobs.web.edges import page

A_YEAR_S = 365 * 24 * 3600


@page("GET", signed_in=False)
def landing(request: HttpRequest) -> HttpResponse:
    """The promise, shown on a real photo, and the way in."""
    return render(request, "landing.html", {"presets": offered_presets()})


@page("GET", signed_in=False)
def presets(request: HttpRequest) -> HttpResponse:
    """Every preset that is offered, those that cannot run now included."""
    return render(request, "jobs/presets.html", {"presets": offered_presets()})


@page("GET", signed_in=False)
def preset(request: HttpRequest, slug: str) -> HttpResponse:
    """What one preset does, takes and costs."""
    return render(request, "jobs/preset.html", {"offered": get_offered(slug)})


@page("POST", signed_in=False)
def theme(request: HttpRequest) -> HttpResponseBase:
    """Keeps the chosen colours in a cookie, so that the server sends the right ones at once."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = HttpResponseRedirect(back)  # `redirect` would take a word for the name of a page
    if (chosen := request.POST.get("theme")) in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=A_YEAR_S, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response
