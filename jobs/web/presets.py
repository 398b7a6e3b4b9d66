from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from creator.web.pages import page
from jobs.catalogue import get_offered, offered_presets


@page("GET", signed_in=False)
def presets(request: HttpRequest) -> HttpResponse:
    """Every offered preset, including those that no node can run now."""
    return render(request, "jobs/presets.html", {"presets": offered_presets()})


@page("GET", signed_in=False)
def preset(request: HttpRequest, slug: str) -> HttpResponse:
    """What one preset does, what it needs and what it costs."""
    return render(request, "jobs/preset.html", {"offered": get_offered(slug)})
