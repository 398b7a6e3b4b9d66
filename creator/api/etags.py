"""Answers that clients ask for again and again: 304 while they are unchanged (RFC 9110, sections 8.8.3 and 13.1.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.request import Request

KEPT = "private, no-cache"
"""A client may keep the answer, and asks each time whether it is still true."""
SENT_BY_CALLERS = ("Authorization", "X-API-Key", "Cookie")


def unless_known(
    request: Request, state: Sequence[object], build: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer that `build` makes with its ETag; 304 without calling it if the client has that answer.

    `state`: everything in the answer that may change. It is read before the rest, so that a 304 is cheap. The tag is
    weak, because it says nothing of the bytes.
    """
    tag = _tag_of([request.build_absolute_uri("/"), *state])
    answer = HttpResponseNotModified() if _is_known(request, tag) else build()
    answer["ETag"] = tag
    answer["Cache-Control"] = KEPT
    patch_vary_headers(answer, SENT_BY_CALLERS)
    return answer


def _tag_of(state: Sequence[object]) -> str:
    text = json.dumps(state, default=str, separators=(",", ":"))
    return f'W/"{sha256(text.encode()).hexdigest()[:32]}"'


def _is_known(request: Request, tag: str) -> bool:
    """Compares weakly: some proxies make tags weak, and some clients lose the mark."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return known == ["*"] or tag.removeprefix("W/") in [each.removeprefix("W/") for each in known]
