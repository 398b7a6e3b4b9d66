"""Shows pages as their person chose: times in their zone, and the theme that they have on other devices."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from creator.http.refusals import wants_json
from creator.lib.theme import THEME_COOKIE
from creator.web.theme import remember_theme


class PreferencesMiddleware:
    """Stands inside the middleware that knows the user. Programs and files are left alone: no query for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        on_this_device = request.COOKIES.get(THEME_COOKIE, "")
        with timezone.override(None):
            response = self.get_response(request)
        chosen = request.COOKIES.get(THEME_COOKIE, "")
        if chosen != on_this_device and THEME_COOKIE not in response.cookies:
            remember_theme(request, response, chosen)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        if iscoroutinefunction(view) or wants_json(request) or not isinstance(request.user, User):
            return
        if request.user.zone:
            timezone.activate(request.user.zone)
        if request.user.theme:
            request.COOKIES[THEME_COOKIE] = request.user.theme
