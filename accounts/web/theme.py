"""The switch between light and dark."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from creator.lib.theme import THEMES
from creator.web.pages import page
from creator.web.theme import remember_theme


@page("POST", signed_in=False)
def theme(request: HttpRequest) -> HttpResponseBase:
    """Stores the chosen theme in a cookie, so that the server renders each page in it, and with the person."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = HttpResponseRedirect(back)  # `redirect` would also accept the name of a route
    if (chosen := request.POST.get("theme")) in THEMES:
        remember_theme(request, response, chosen)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(theme=chosen)
    return response
