"""Gives every request an id and one log line, and turns refusals into answers."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from creator.http.log_filter import loggable_path
from creator.http.refusals import bare_refusal, refusal_response
from creator.http.request_id import HEADER, request_id_from
from creator.lib.bounds import DATABASE_REQUEST_REPLY_S
from creator.lib.errors import Refused
from creator.lib.postgresql.patience import replies_within

log = structlog.get_logger("creator.request")
NEVER_STORED = "private, no-store"
Handler = Callable[[HttpRequest], HttpResponse]


class RequestLogMiddleware:
    """Takes a well-formed `X-Request-ID` or makes one, and puts it into all logs of the request and the answer."""

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
                path=loggable_path(request.path),
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        response[HEADER] = request_id
        return response


class NeverStoredMiddleware:
    """Forbids all caches to store an answer whose view says nothing else: it is for one person (RFC 9111, 5.2.2.5)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", NEVER_STORED)
        return response


class DatabasePatienceMiddleware:
    """Bounds how long a request waits for a silent database, so that every request is answered in 10 s."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with replies_within(DATABASE_REQUEST_REPLY_S):
            return self.get_response(request)


class RefusalMiddleware:
    """Turns a raised `Refused` into its answer, so that views never render errors."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_response(request, exception) if isinstance(exception, Refused) else None


class RefusedBodyMiddleware:
    """Answers a request whose body `creator.http.bodies.door` has refused.

    It is the innermost one: the answer has the headers, the id and the log line of every other.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused: Refused | None = getattr(request, "refused", None)
        if refused is None:
            return self.get_response(request)
        return bare_refusal(request, refused, again=request.path)
