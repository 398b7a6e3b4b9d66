"""Turns refusals into answers for pages, the API, plain ASGI and socket handshakes. No other module does.

Views and domain code raise `Refused`. `as_refused` converts other exceptions of Django, and
`creator.api.errors` those of REST framework.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from creator.http.bare_page import bare_page
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused

log = structlog.get_logger(__name__)
RETRY_AFTER_S = "2"
JSON, HTML = "application/json", "text/html"
BARE_PAGE_CSP = "default-src 'none'; style-src 'self'; font-src 'self'"

TITLES = {
    "malformed_request": "We could not read that",
    "not_authenticated": "Sign in first",
    "not_allowed": "Not allowed",
    "not_found": "Not found",
    "method_not_allowed": "Method not allowed",
    "preset_unavailable": "This preset cannot run now",
    "too_late": "Too late",
    "gone": "No longer available",
    "body_too_large": "Too large",
    "image_too_large": "Too large",
    "queue_full": "The queue is full",
    "rate_limited": "Slow down a little",
    "internal_error": "Something broke",
    "service_unavailable": "Back in a moment",
}
_CODES: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        DATABASE_AWAY,
        "service_unavailable",
        "We cannot do this at the moment. Try again soon, preferably with an Idempotency-Key.",
    ),
    ((RequestDataTooBig,), "body_too_large", "The fields of this request are too large."),
    ((SuspiciousOperation,), "malformed_request", "We could not read that request."),
    ((PermissionDenied,), "not_allowed", "Your account may not do this."),
    ((Http404,), "not_found", "There is nothing at this address, or it is not yours."),
)


def as_refused(error: Exception) -> Refused | None:
    """Returns the refusal for an exception of Django or the database; None for a fault of ours."""
    if isinstance(error, Refused):
        return error
    for kinds, code, message in _CODES:
        if isinstance(error, kinds):
            if kinds is DATABASE_AWAY:
                log.warning("database_away", reason=str(error).strip())
            return Refused(code, message)
    return None


def envelope(refused: Refused, request_id: str) -> dict[str, Any]:
    """The body of every error answer."""
    return {
        "error": {
            "code": refused.code,
            "message": refused.message,
            "details": refused.details,
            "request_id": request_id,
        }
    }


def headers_of(refused: Refused) -> dict[str, str]:
    """The refusal's headers, with a default `Retry-After` for `service_unavailable`."""
    usual = {"Retry-After": RETRY_AFTER_S} if refused.code == "service_unavailable" else {}
    return usual | refused.headers


def wants_json(request: HttpRequest) -> bool:
    """Whether the client is a program: it asks for an API path, or prefers JSON to HTML."""
    return request.path.startswith("/api/") or request.get_preferred_type([HTML, JSON]) == JSON


def refusal_response(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The answer to a refused request: the envelope for programs, an error page for people."""
    if wants_json(request):
        return json_refusal(request, refused)
    context = envelope(refused, _request_id(request)) | {"title": title_of(refused)}
    page = render_to_string("error.html", context, request)
    return HttpResponse(page, status=refused.status, headers=headers_of(refused))


def json_refusal(request: HttpRequest, refused: Refused) -> JsonResponse:
    """The JSON envelope, also for a client that prefers HTML."""
    body = envelope(refused, _request_id(request))
    return JsonResponse(body, status=refused.status, headers=headers_of(refused))


def bare_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """As `refusal_response`, with a page that needs no database, session or manifest of static files."""
    if wants_json(request):
        return json_refusal(request, refused)
    page = bare_page(title_of(refused), refused.message, request_id=_request_id(request))
    return HttpResponse(page, status=refused.status, headers=headers_of(refused))


async def send_refusal(scope: Any, send: Any, refused: Refused, *, request_id: str) -> None:
    """Answers an HTTP request before it reaches Django.

    Closes the connection: the body may still be arriving.
    """
    accepted = dict(scope["headers"]).get(b"accept", b"")
    kind, body = JSON, _encoded(refused, request_id)
    if not scope["path"].startswith("/api/") and HTML.encode() in accepted:
        kind = f"{HTML}; charset=utf-8"
        body = bare_page(title_of(refused), refused.message, request_id=request_id).encode()
    headers = {
        "Content-Type": kind,
        "Content-Security-Policy": BARE_PAGE_CSP,
        "Connection": "close",
        "X-Content-Type-Options": "nosniff",
        **headers_of(refused),
    }
    await _send(send, "http.response", refused.status, headers, body)


async def refuse_handshake(send: Any, refused: Refused) -> None:
    """Answers a socket's handshake with status and envelope (ASGI extension `websocket.http.response`)."""
    body = _encoded(refused, "")
    headers = {"Content-Type": JSON, "Content-Length": str(len(body)), **headers_of(refused)}
    await _send(send, "websocket.http.response", refused.status, headers, body)


async def _send(send: Any, kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": f"{kind}.start", "status": status, "headers": raw})
    await send({"type": f"{kind}.body", "body": body})


def _encoded(refused: Refused, request_id: str) -> bytes:
    return json.dumps(envelope(refused, request_id), cls=DjangoJSONEncoder).encode()


def title_of(refused: Refused) -> str:
    """The headline of the refusal's error page."""
    return TITLES.get(refused.code, "That did not work")


def _request_id(request: HttpRequest) -> str:
    request_id: str = request.META.get("REQUEST_ID", "")
    return request_id
