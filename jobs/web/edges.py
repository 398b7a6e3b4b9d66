"""What every page does before its own work: method, sign-in, and how the answer may be cached."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from accounts.models import User
from creator.lib.errors import Refused, envelope

View = Callable[..., HttpResponseBase]


def page(*methods: str, signed_in: bool = True, kept: bool = True) -> Callable[[View], View]:
    """Answers other methods with 405 and strangers with the way to sign in. `kept` False: the answer is never stored."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **arguments: object) -> HttpResponseBase:
            if request.method not in methods and (request.method != "HEAD" or "GET" not in methods):
                return _refuse_method(request, methods)
            if signed_in and not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            response = view(request, **arguments)
            if not kept:
                patch_cache_control(response, private=True, no_store=True)
            elif request.user.is_authenticated:
                patch_cache_control(response, private=True)
            return response

        return answer

    return wrap


def person(request: HttpRequest) -> User:
    """The user of a page that only signed-in people see."""
    return cast(User, request.user)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if _prefers_json(request):
        raise Refused("not_authenticated", "Sign in to go on.")
    return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("home"))


def _refuse_method(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """405 with `Allow`, which a raised Refused has no place for."""
    refused = Refused("method_not_allowed", f"This address takes {' and '.join(methods)}.")
    body = envelope(refused.code, refused.message, request_id=request.META.get("REQUEST_ID", ""))
    response: HttpResponse
    if _prefers_json(request):
        response = JsonResponse(body, status=refused.status)
    else:
        response = render(request, "error.html", body, status=refused.status)
    response["Allow"] = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
    return response


def _prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
