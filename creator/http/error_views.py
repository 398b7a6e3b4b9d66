"""Django's error handlers (`handler404` and so on): each answers with a refusal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.db import connections
from django.http import HttpRequest, HttpResponse

from creator.http.refusals import as_refused, bare_refusal, refusal_response, wants_json
from creator.http.ways_on import WayOn, again_of
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused

BROKE = "That was our fault, and we have a record of it. Try again in a moment."
AWAY = "We cannot reach our database right now. Running jobs continue. Try again in a moment."
TOO_OFTEN = "This was tried too often from your address or account. Wait a minute, then try again."
UNREADABLE = Refused("malformed_request", "We could not read that request. Go back and try again.")

Handler = Callable[..., HttpResponse]


def in_any_thread(handler: Handler) -> Handler:
    """Closes the database connection on which a page found out who is signed in.

    Django calls handlers in threads that outlive the request, and its own end of a request closes nothing there:
    each such thread would keep a connection of the pool.
    """

    @wraps(handler)
    def answer(*args: object, **kwargs: object) -> HttpResponse:
        try:
            return handler(*args, **kwargs)
        finally:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:  # a view that refuses may be in a transaction
                    connection.close_if_unusable_or_obsolete()

    return answer


@in_any_thread
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: Django could not read the request (a broken form); 413: it has too many fields or files."""
    refused = as_refused(exception) if exception else None
    way = WayOn("Back to the form", request.path)
    return refusal_response(request, refused or UNREADABLE, way=way)


@in_any_thread
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person is signed in but may not do this."""
    return refusal_response(request, Refused("not_allowed", "Your account may not do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came from another site, or was opened before the person signed in.

    A person who is signed out is sent to sign in, and from there back to the form as it was.
    """
    message = "This form was too old or did not come from this site. Go back, reload the page and try again."
    again = again_of(request)
    if again and not request.user.is_authenticated and not wants_json(request):
        return redirect_to_login(again)
    way = WayOn("Open the form again", again) if again else None
    return refusal_response(request, Refused("not_allowed", message), way=way)


@in_any_thread
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also for objects of another person."""
    message = "There is nothing at this address, or it is not yours."
    return refusal_response(request, Refused("not_found", message))


@in_any_thread
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429: allauth counts attempts of its forms per address, account and e-mail address."""
    way = WayOn("Try again", request.path)
    return refusal_response(request, Refused("rate_limited", TOO_OFTEN), way=way)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away."""
    if isinstance(sys.exception(), DATABASE_AWAY):
        return bare_refusal(request, Refused("service_unavailable", AWAY))
    return bare_refusal(request, Refused("internal_error", BROKE))
