"""Error pages: what happened, whether it cost anything, the way out and a reference. Programs get the envelope."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from creator.lib.bare_page import bare_page
from creator.lib.errors import STATUS, Refused, envelope
from creator.middleware import refusal, wants_json

BROKE = "That was our fault, and we have a record of it. Try again in a moment."


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: Django refused to read the request (too many fields or files, a broken form)."""
    return refusal(
        request, Refused("malformed_request", "We could not read that request. Go back and try again.")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: somebody is signed in, but not as one who may do this."""
    return refusal(request, Refused("not_allowed", "Your account may not do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form that is not ours, or that was open since before a sign-in."""
    words = "This form was too old or did not come from this site. Go back, reload the page and try again."
    return refusal(request, Refused("not_allowed", words))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also for what belongs to somebody else."""
    return refusal(request, Refused("not_found", "There is nothing at this address, or it is not yours."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500, with a template that needs neither database nor session nor the manifest of static files."""
    reference = request.META.get("REQUEST_ID", "")
    if wants_json(request):
        return JsonResponse(
            envelope("internal_error", BROKE, request_id=reference), status=STATUS["internal_error"]
        )
    page = bare_page("Something broke", BROKE, request_id=reference)
    return HttpResponse(page, status=STATUS["internal_error"])
