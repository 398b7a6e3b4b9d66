"""HEAD and OPTIONS (RFC 9110, sections 9.3.2 and 9.3.7), for views of REST framework and for others."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.http.response import HttpResponseBase

NO_CONTENT = 204


def methods_answer(allowed: Sequence[str]) -> HttpResponse:
    """The answer to OPTIONS: which methods the address takes. It needs no key and counts for no limit."""
    return HttpResponse(status=NO_CONTENT, headers={"Allow": ", ".join(allowed)})


def without_body(answer: HttpResponseBase) -> HttpResponse:
    """The answer to HEAD instead of a stream: the same status and headers. The stream is never begun."""
    return HttpResponse(status=answer.status_code, headers=answer.headers)
