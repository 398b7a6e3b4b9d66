"""Refuses NUL wherever a request can carry it. No text of ours has it, and PostgreSQL stores none.

JSON bodies are checked field by field, so that the answer names the field (`creator.api.fields`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.cookie import parse_cookie

from creator.http.refusals import bare_refusal, refusal_response
from creator.lib.errors import Refused

NUL = "\0"
NUL_IN_ADDRESS = Refused(
    "malformed_request", "This address holds a NUL character. Leave it out and try again."
)
NUL_IN_FORM = Refused("malformed_request", "This form holds a NUL character. Leave it out and try again.")
NUL_IN_COOKIE = Refused(
    "malformed_request", "A cookie of this site holds a NUL character. Delete it and try again."
)
Handler = Callable[[HttpRequest], HttpResponse]


class NulMiddleware:
    """Answers 400 to NUL in the path, the query or a cookie, before a session is looked up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info or _holds_nul(request.GET):
            return bare_refusal(request, NUL_IN_ADDRESS)
        if holds_nul_cookie(request.META.get("HTTP_COOKIE", "")):
            return bare_refusal(request, NUL_IN_COOKIE)
        return self.get_response(request)


class NulInFormMiddleware:
    """Answers 400 to NUL in a form, once the form is known to be ours. Views of the API read bodies themselves."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: object) -> HttpResponse | None:
        reads_itself = request.method != "POST" or getattr(view, "csrf_exempt", False)
        if reads_itself or not _holds_nul(request.POST):
            return None
        return refusal_response(request, NUL_IN_FORM)


def holds_nul_cookie(header: str) -> bool:
    r"""Whether a cookie of the header `Cookie` stands for text with NUL: in quotes, `\000` does (RFC 2109)."""
    return "\\" in header and any(NUL in value for value in parse_cookie(header).values())


def _holds_nul(fields: QueryDict) -> bool:
    return any(NUL in text for name, values in fields.lists() for text in (name, *map(str, values)))
