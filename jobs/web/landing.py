from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from creator.web.pages import page
from jobs.catalogue import offered_presets


@page("GET", signed_in=False)
def landing(request: HttpRequest) -> HttpResponse:
    """The start page: what Creator does, shown on a real photo, and the links to sign up and sign in."""
    return render(request, "landing.html", {"presets": offered_presets()})
