"""Serves the OpenAPI document, docs/openapi.json, which the first request reads."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from creator.api.methods import methods_answer
from creator.http.refusals import wrong_method

DOCUMENT = settings.BASE_DIR / "docs/openapi.json"
EXAMPLES = settings.BASE_DIR / "docs/api-examples.json"
MAX_AGE_S = 300
METHODS = ("GET", "HEAD", "OPTIONS")


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    found: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return found


def exchanges_of(operation_id: str) -> list[dict[str, Any]]:
    """The recorded exchanges of an operation: `title`, `request`, `answer` (tests/e2e/exchanges)."""
    return _exchanges().get(operation_id, [])


@cache
def _exchanges() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for exchange in json.loads(EXAMPLES.read_text()):
        found.setdefault(exchange["operation"], []).append(exchange)
    return found


@cache
def _text() -> bytes:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _etag(*arguments: object) -> str:
    return f'"{hashlib.sha256(_text()).hexdigest()[:32]}"'


@cache_control(public=True, max_age=MAX_AGE_S)
@condition(etag_func=lambda *_: _etag())
def openapi(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/openapi.json`: for everybody, also without a key."""
    if request.method == "OPTIONS":
        return methods_answer(METHODS)
    if request.method not in METHODS:
        raise wrong_method(METHODS)
    return HttpResponse(_text(), content_type="application/json")
