"""Turns exceptions of REST framework into refusals (docs/architecture.md, error codes)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import exceptions

from creator.http import refusals
from creator.http.refusals import json_refusal
from creator.lib.errors import Refused
from creator.lib.formatting import duration

BEARER = 'Bearer realm="api"'
CHALLENGE = {"WWW-Authenticate": BEARER}
_CODES: tuple[tuple[type[exceptions.APIException], str], ...] = (
    (exceptions.ParseError, "malformed_request"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
)
"""The answer shows the framework's own message for these: it describes only the request."""


def answer_to(error: Exception, context: Mapping[str, Any]) -> JsonResponse | None:
    """REST framework's exception handler.

    Returns None for a fault of ours: Django logs it and answers 500.
    """
    refused = as_refused(error, allowed=getattr(context.get("view"), "allowed_methods", ()))
    return None if refused is None else json_refusal(context["request"]._request, refused)


def answer_plainly(request: HttpRequest, error: Exception, *, allowed: Sequence[str]) -> JsonResponse:
    """The same answer for a view outside REST framework that accepts the `allowed` methods.

    Re-raises `error` if it means no refusal.
    """
    refused = as_refused(error, allowed=allowed)
    if refused is None:
        raise error
    return json_refusal(request, refused)


def as_refused(error: Exception, *, allowed: Sequence[str] = ()) -> Refused | None:
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
    if isinstance(error, exceptions.Throttled):
        return _throttled(error)
    if isinstance(error, exceptions.MethodNotAllowed):
        return refusals.wrong_method(allowed)
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Refused(code, str(error.detail))
    return refusals.as_refused(error)


def _throttled(error: exceptions.Throttled) -> Refused:
    wait_s = math.ceil(getattr(error, "wait", None) or 60)
    message = f"You sent too many requests. Try again in {duration(wait_s)}."
    return Refused("rate_limited", message, headers={"Retry-After": str(wait_s)})


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
