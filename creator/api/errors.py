"""Turns exceptions of REST framework into refusals (docs/architecture.md, error codes)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import exceptions

from creator.http import refusals
from creator.http.refusals import json_refusal
from creator.lib.errors import Refused

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="api"'}
_CODES: tuple[tuple[type[exceptions.APIException], str], ...] = (
    (exceptions.ParseError, "malformed_request"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "rate_limited"),
)
"""The answer shows the framework's own message for these: it describes only the request."""


def answer_to(error: Exception, context: Mapping[str, Any]) -> JsonResponse | None:
    """REST framework's exception handler.

    Returns None for a fault of ours: Django logs it and answers 500.
    """
    refused = as_refused(error, allowed=getattr(context.get("view"), "allowed_methods", ()))
    return None if refused is None else json_refusal(context["request"]._request, refused)


def answer_plainly(request: HttpRequest, error: Exception) -> JsonResponse:
    """The same answer for a view outside REST framework. Re-raises `error` if it means no refusal."""
    refused = as_refused(error, allowed=("GET",))
    if refused is None:
        raise error
    return json_refusal(request, refused)


def as_refused(error: Exception, *, allowed: tuple[str, ...] | list[str] = ()) -> Refused | None:
    """Returns the refusal for `error`, or None for a fault of ours.

    `allowed`: the methods that the URL accepts.
    """
    if isinstance(error, exceptions.ValidationError):
        return Refused("invalid_parameters", "Some fields need another look.", _fields_of(error))
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Refused("not_authenticated", "Send a key to use this.", headers=CHALLENGE)
    if isinstance(error, exceptions.PermissionDenied):
        return Refused("not_allowed", "Your account may not do this.")
    if isinstance(error, exceptions.NotFound):
        return Refused("not_found", "There is nothing at this address, or it is not yours.")
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Refused(code, str(error.detail), headers=_headers_of(error, allowed))
    return refusals.as_refused(error)


def _headers_of(error: exceptions.APIException, allowed: tuple[str, ...] | list[str]) -> dict[str, str]:
    if isinstance(error, exceptions.MethodNotAllowed):
        return {"Allow": ", ".join(allowed)}
    wait_s = getattr(error, "wait", None)
    return {"Retry-After": str(math.ceil(wait_s))} if wait_s else {}


def _fields_of(error: exceptions.ValidationError) -> dict[str, str]:
    """The first message about each field. Errors that concern the whole body go under `body`."""
    detail = error.detail if isinstance(error.detail, dict) else {"body": error.detail}
    return {
        "body" if name == "non_field_errors" else str(name): _first(said) for name, said in detail.items()
    }


def _first(said: Any) -> str:
    while isinstance(said, list | dict):
        said = next(iter(said.values() if isinstance(said, dict) else said))
    return str(said)
