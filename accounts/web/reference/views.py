from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.api_keys import make_api_key
from accounts.callers import signed_in_user
from accounts.enums import KeyOrigin, Scope
from accounts.web.reauthentication import recently_proved
from accounts.web.reference import reading
from accounts.web.reference.changes import CHANGES, MONTHS_OF_NOTICE
from creator.api.openapi import document
from creator.lib.errors import Refused
from creator.web.pages import page

LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After")
TRIAL = timedelta(days=1)
TRIAL_SCOPES = (Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.ACCOUNT_READ)


@page("GET", signed_in=False)
def overview(request: HttpRequest) -> HttpResponse:
    """How to begin, all operations, limits, errors, changes."""
    return _overview(request)


@page("GET", signed_in=False)
def operations(request: HttpRequest, tag: str) -> HttpResponse:
    """The operations of one tag, each with parameters, answers and recorded examples."""
    return _operations(request, tag)


def _back(request: HttpRequest) -> str:
    tag = request.POST.get("tag", "")
    return reverse("api_docs_tag", args=[tag]) if tag.isalpha() else reverse("api_docs")


@page("POST", again=_back)
@recently_proved
def trial_key(request: HttpRequest) -> HttpResponse:
    """Makes a key that works for a day, and shows the page that asked with the key in its commands, once."""
    tag, said = request.POST.get("tag", ""), {}
    try:
        said["secret"] = _make(request)
    except Refused as refused:
        said["refused"] = refused.message
    return _operations(request, tag, **said) if tag else _overview(request, **said)


def _make(request: HttpRequest) -> str:
    _, secret = make_api_key(
        owner=signed_in_user(request),
        name="Trying the API",
        scopes=TRIAL_SCOPES,
        expires_at=timezone.now() + TRIAL,
        made_by=KeyOrigin.PAGE,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    return secret


def _overview(request: HttpRequest, **said: str) -> HttpResponse:
    headers = document()["components"]["headers"]
    context = {
        "tags": reading.tags(),
        "errors": document()["x-errors"],
        "limits": [(name, headers[name]["description"]) for name in LIMITS],
        "changes": CHANGES,
        "months": MONTHS_OF_NOTICE,
    }
    return render(request, "reference/overview.html", {**context, **_shared(request, said)})


def _operations(request: HttpRequest, tag: str, **said: str) -> HttpResponse:
    """Raises Refused("not_found") for a tag without operations."""
    found = {name: (text, inside) for name, text, inside in reading.tags()}
    if tag not in found:
        raise Refused("not_found", "The documentation has no such part.")
    text, inside = found[tag]
    shared = _shared(request, said)
    shown = [(each, each.examples(shared["site"], said.get("secret", ""))) for each in inside]
    context = {"tag": tag, "text": text, "operations": shown, "tags": reading.tags()}
    return render(request, "reference/operations.html", {**context, **shared})


def _shared(request: HttpRequest, said: dict[str, str]) -> dict[str, Any]:
    return {"site": request.build_absolute_uri("/").rstrip("/"), **said}
