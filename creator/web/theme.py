"""The switch between light and dark."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from creator.lib.theme import THEME_COOKIE, THEMES
from creator.web.pages import page

A_YEAR_S = 365 * 24 * 3600


@page("POST", signed_in=False)
def theme(request: HttpRequest) -> HttpResponseBase:
    """Stores the chosen theme in a cookie, so that the server renders each page in it."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = HttpResponseRedirect(back)  # `redirect` would also accept the name of a route
    if (chosen := request.POST.get("theme")) in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=A_YEAR_S, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response
