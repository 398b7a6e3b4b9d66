"""Error pages: what happened, whether it cost anything, the way out and a reference. Programs get the envelope."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse

from creator.api.errors import RETRY_AFTER_S
from creator.lib.bare_page import bare_page
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import STATUS, Refused, envelope
from creator.middleware import refusal, wants_json

BROKE = "That was our fault, and we have a record of it. Try again in a moment."
AWAY = "We cannot reach our records just now. Jobs that run go on. Try again in a moment."


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
    """500, or 503 where the database is away, with a template that needs neither it nor the session nor static files."""
    if isinstance(sys.exception(), DATABASE_AWAY):
        response = _answer_barely(request, "service_unavailable", "Back in a moment", AWAY)
        response["Retry-After"] = RETRY_AFTER_S
        return response
    return _answer_barely(request, "internal_error", "Something broke", BROKE)


def _answer_barely(request: HttpRequest, code: str, title: str, words: str) -> HttpResponse:
    reference = request.META.get("REQUEST_ID", "")
    if wants_json(request):
        return JsonResponse(envelope(code, words, request_id=reference), status=STATUS[code])
    return HttpResponse(bare_page(title, words, request_id=reference), status=STATUS[code])
