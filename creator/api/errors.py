"""From whatever a view raises to the one error envelope (docs/architecture.md, error codes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from creator.lib.errors import Refused, envelope

JSON_PLEASE = "Send the body as application/json."


def answer_to(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None for a fault of ours: Django logs it and answers 500 in the envelope."""
    refused = _as_refused(error)
    if refused is None:
        return None
    request_id = context["request"].META.get("REQUEST_ID", "")
    body = envelope(refused.code, refused.message, details=refused.details, request_id=request_id)
    return Response(body, status=refused.status, headers=_headers_of(error))


def _as_refused(error: Exception) -> Refused | None:
    if isinstance(error, Refused):
        return error
    if isinstance(error, exceptions.ValidationError):
        return Refused("invalid_parameters", "Some fields need another look.", _fields_of(error))
    for kinds, code in CODES:
        if isinstance(error, kinds):
            return Refused(code, _words_of(error, code))
    return None


CODES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((exceptions.ParseError,), "malformed_request"),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), "not_authenticated"),
    ((exceptions.PermissionDenied, PermissionDenied), "not_allowed"),
    ((exceptions.NotFound, Http404), "not_found"),
    ((exceptions.MethodNotAllowed,), "method_not_allowed"),
    ((exceptions.UnsupportedMediaType,), "unsupported_media_type"),
    ((exceptions.Throttled,), "rate_limited"),
)
OWN_WORDS = {
    "not_allowed": "Your account may not do this.",
    "not_found": "There is nothing at this address, or it is not yours.",
}


def _words_of(error: Exception, code: str) -> str:
    """The framework's own words, where they tell of the request and of nothing else."""
    if code in OWN_WORDS or not isinstance(error, exceptions.APIException):
        return OWN_WORDS[code]
    return str(error.detail)


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


def _headers_of(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) or 1)
    return headers
