"""From whatever a view raises to the one error envelope (docs/architecture.md, error codes)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused, envelope

log = structlog.get_logger(__name__)
RETRY_AFTER_S = "2"
CHALLENGE = 'Bearer realm="api"'


def answer_to(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None for a fault of ours: Django logs it and answers 500 in the envelope."""
    refused = _as_refused(error)
    if refused is None:
        return None
    body = _body_of(refused, context["request"])
    return Response(body, status=refused.status, headers=_headers_of(error, refused))


def answer_plainly(request: HttpRequest, error: Exception) -> JsonResponse:
    """The same answer for a view outside of REST framework. What is no refusal is raised again."""
    refused = _as_refused(error)
    if refused is None:
        raise error
    return JsonResponse(
        _body_of(refused, request), status=refused.status, headers=_headers_of(error, refused)
    )


def _body_of(refused: Refused, request: HttpRequest | Request) -> dict[str, Any]:
    request_id = request.META.get("REQUEST_ID", "")
    return envelope(refused.code, refused.message, details=refused.details, request_id=request_id)


def _as_refused(error: Exception) -> Refused | None:
    if isinstance(error, Refused):
        return error
    if isinstance(error, exceptions.ValidationError):
        return Refused("invalid_parameters", "Some fields need another look.", _fields_of(error))
    for kinds, code in CODES:
        if isinstance(error, kinds):
            if kinds is DATABASE_AWAY:
                log.warning("database_away", reason=str(error).strip())
            return Refused(code, _words_of(error, code))
    return None


CODES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (DATABASE_AWAY, "service_unavailable"),
    ((RequestDataTooBig,), "body_too_large"),
    ((exceptions.ParseError, SuspiciousOperation), "malformed_request"),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), "not_authenticated"),
    ((exceptions.PermissionDenied, PermissionDenied), "not_allowed"),
    ((exceptions.NotFound, Http404), "not_found"),
    ((exceptions.MethodNotAllowed,), "method_not_allowed"),
    ((exceptions.UnsupportedMediaType,), "unsupported_media_type"),
    ((exceptions.Throttled,), "rate_limited"),
)
OWN_WORDS = {
    "service_unavailable": "We cannot do this at the moment. Send it again soon, with an Idempotency-Key at best.",
    "body_too_large": "The fields of this request are too large.",
    "malformed_request": "We could not read that request.",
    "not_authenticated": "Send a key to use this.",
    "not_allowed": "Your account may not do this.",
    "not_found": "There is nothing at this address, or it is not yours.",
}


def _words_of(error: Exception, code: str) -> str:
    """The framework's own words, where they tell of the request and of nothing else."""
    told = (
        exceptions.ParseError,
        exceptions.MethodNotAllowed,
        exceptions.UnsupportedMediaType,
        exceptions.Throttled,
    )
    return str(error.detail) if isinstance(error, told) else OWN_WORDS[code]


def _fields_of(error: exceptions.ValidationError) -> dict[str, str]:
    """The first sentence about each field. Errors of the whole body stand under `body`."""
    detail = error.detail if isinstance(error.detail, dict) else {"body": error.detail}
    return {
        "body" if name == "non_field_errors" else str(name): _first(said) for name, said in detail.items()
    }


def _first(said: Any) -> str:
    while isinstance(said, list | dict):
        said = next(iter(said.values() if isinstance(said, dict) else said))
    return str(said)


def _headers_of(error: Exception, refused: Refused) -> dict[str, str]:
    headers = {}
    if refused.code == "not_authenticated":
        headers["WWW-Authenticate"] = CHALLENGE
    if refused.code == "service_unavailable":
        headers["Retry-After"] = RETRY_AFTER_S
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    return headers
