"""Turns refusals into answers for pages, the API and socket handshakes. No other module does.

Views and domain code raise `Refused`. `as_refused` converts other exceptions of Django, and
`creator.api.errors` those of REST framework.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from creator.http.bare_page import bare_page
from creator.http.request_id import HEADER, request_id_from
from creator.http.ways_on import START, TITLES, WayOn, way_on
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused

log = structlog.get_logger(__name__)
RETRY_AFTER_S = {"service_unavailable": "2", "rate_limited": "60", "queue_full": "30"}
"""Code → seconds after which a repeat makes sense, unless the refusal knows better."""
API_PAGES = "/api/docs/"
JSON, HTML = "application/json", "text/html"
CONTRACTS: dict[str, Callable[[Refused], Refused]] = {}
"""Beginning of paths → how refusals are named there, because programs follow the contract of another product."""

_CODES: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        DATABASE_AWAY,
        "service_unavailable",
        "We cannot do this at the moment. Try again soon, preferably with an Idempotency-Key.",
    ),
    ((RequestDataTooBig,), "body_too_large", "The fields of this request are too large. Shorten the texts."),
    (
        (TooManyFilesSent,),
        "body_too_large",
        "These are too many files for one request, and none was read. Send fewer photos at a time.",
    ),
    ((SuspiciousOperation,), "malformed_request", "We could not read that request. Go back and try again."),
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


def wrong_method(allowed: Sequence[str]) -> Refused:
    """The refusal of a method other than the `allowed` ones."""
    named = [each for each in allowed if each not in ("HEAD", "OPTIONS")]
    message = f"This address accepts {' and '.join(named)} only."
    return Refused("method_not_allowed", message, headers={"Allow": ", ".join(allowed)})


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
    """The refusal's headers, with a default `Retry-After` where waiting helps."""
    wait_s = RETRY_AFTER_S.get(refused.code)
    return ({"Retry-After": wait_s} if wait_s else {}) | refused.headers


def wants_json(request: HttpRequest) -> bool:
    """Whether the client is a program: it asks for an API path, or prefers JSON to HTML."""
    is_api = request.path.startswith("/api/") and not request.path.startswith(API_PAGES)
    return is_api or request.get_preferred_type([HTML, JSON]) == JSON


def refusal_response(request: HttpRequest, refused: Refused, *, way: WayOn | None = None) -> HttpResponse:
    """The answer to a refused request: the envelope for programs, an error page for people.

    `way`: the next step, where the caller knows a better one than the code alone.
    """
    if wants_json(request):
        return json_refusal(request, refused)
    context = {
        "refused": refused,
        "title": TITLES[refused.code],
        "way": way or way_for(request, refused),
        "request_id": _request_id(request),
    }
    page = render_to_string("error.html", context, request)
    return HttpResponse(page, status=refused.status, headers=headers_of(refused))


def json_refusal(request: HttpRequest, refused: Refused) -> JsonResponse:
    """The JSON envelope, also for a client that prefers HTML. Below a path of CONTRACTS, in the words of that one."""
    for start, named in CONTRACTS.items():
        if request.path.startswith(start):
            refused = named(refused)
    body = envelope(refused, _request_id(request))
    return JsonResponse(body, status=refused.status, headers=headers_of(refused))


def bare_refusal(request: HttpRequest, refused: Refused, *, again: str = "") -> HttpResponse:
    """As `refusal_response`, with a page that needs no database, session or manifest of static files.

    `again`: where the page leads back to, if that may help; of a GET, its own address.
    """
    if wants_json(request):
        return json_refusal(request, refused)
    page = bare_page(
        TITLES[refused.code],
        refused.message,
        request_id=_request_id(request),
        way=way_on(refused, again=again or _again(request)),
        cookies=request.headers.get("Cookie", ""),
    )
    return HttpResponse(page, status=refused.status, headers=headers_of(refused))


def way_for(request: HttpRequest, refused: Refused) -> WayOn:
    """The next step that an error page offers to this person."""
    way = way_on(refused, again=_again(request))
    if way is START and request.user.is_authenticated:
        return WayOn("Go to your work", resolve_url(settings.LOGIN_REDIRECT_URL))
    return way


def sentence_with_way(refused: Refused) -> SafeString:
    """The message and the next step as HTML, for a note at the top of a page."""
    way = way_on(refused)
    if way is START:
        return escape(refused.message)
    return format_html('{} <a href="{}">{}</a>', refused.message, way.address, way.label)


def _again(request: HttpRequest) -> str:
    return request.get_full_path() if request.method == "GET" else ""


def raw_refusal(refused: Refused) -> bytes:
    """The whole answer to a client whose request was not read: status line, headers and envelope."""
    request_id = request_id_from("")
    body = _encoded(refused, request_id)
    headers = {
        "Content-Type": JSON,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Content-Type-Options": "nosniff",
        HEADER: request_id,
        **headers_of(refused),
    }
    lines = [f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


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


def _request_id(request: HttpRequest) -> str:
    request_id: str = request.META.get("REQUEST_ID", "")
    return request_id
