"""The address that Google calls when something in a person's Drive changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from creator.http.refusals import json_refusal, wrong_method
from drive import pushes

MOST_BYTES = 4 * 1024
"""Google's messages say everything in headers. The body is never read."""


@csrf_exempt  # the channel's secret token says who calls; it reads no cookie
def ring(request: HttpRequest) -> HttpResponse:
    """204 for a message of a channel of ours, also one that came before; else 404. Both are empty."""
    if request.method != "POST":
        return json_refusal(request, wrong_method(["POST"]))
    return HttpResponse(status=204 if pushes.ring(request.headers) else 404)
