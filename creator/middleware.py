"""Around every request: an id and one log line; refusals become the one envelope or an error page."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from creator.lib.errors import Refused, envelope
from creator.lib.logs import shown_path
from creator.lib.request_id import HEADER, request_id_from

log = structlog.get_logger("creator.request")
Handler = Callable[[HttpRequest], HttpResponse]


class RequestLogMiddleware:
    """Takes a sane `X-Request-ID` or makes one, binds it to all logs of the request, and answers with it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_from(request.headers.get(HEADER, ""))
        request.META["REQUEST_ID"] = request_id
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            log.info(
                "request",
                method=request.method,
                path=shown_path(request.path),
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        response[HEADER] = request_id
        return response


class ErrorMiddleware:
    """Turns `Refused` into its answer, so that views raise and never render errors. No page is for shared caches."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return refusal(request, exception)
        return None


def wants_json(request: HttpRequest) -> bool:
    """Whether the asker is a program: an API path, or a client that prefers JSON to HTML."""
    return request.path.startswith("/api/") or request.get_preferred_type(
        ["text/html", "application/json"]
    ) == ("application/json")


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The answer to a refused request: envelope for programs, error page for people."""
    body = envelope(
        refused.code, refused.message, details=refused.details, request_id=request.META.get("REQUEST_ID", "")
    )
    if wants_json(request):
        return JsonResponse(body, status=refused.status)
    return render(request, "error.html", body, status=refused.status)
