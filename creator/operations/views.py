from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from creator.operations.chart import BAR, draw_hours
from creator.operations.figures import read_figures


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """What works and what does not, for staff. The page loads itself again each ten seconds."""
    figures = read_figures()
    context = {
        **admin.site.each_context(request),
        "title": "Operations",
        "figures": figures,
        "chart": draw_hours(figures.hours),
        "bar": BAR,
    }
    return render(request, "admin/operations.html", context)
