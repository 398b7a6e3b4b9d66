"""The base of the views that a program calls before it is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.attempts import Door, count_try
from creator.api.views import ApiView


class OpenView(ApiView):
    """Needs no principal. With a `door`, each call counts as a try there, for its address and the person it names."""

    authentication_classes = ()
    permission_classes = ()
    door: Door | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with without_session(request):
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.door and request.method == "POST":
            self.count_try(self.door, who=self.body.get("email", ""))

    def count_try(self, door: Door, *, who: str = "") -> None:
        """Raises Refused("rate_limited")."""
        count_try(door, address=self.address, who=who)

    @property
    def address(self) -> str:
        """The client's IP address."""
        return str(self.request.META.get("REMOTE_ADDR", ""))


@contextmanager
def without_session(request: HttpRequest) -> Iterator[None]:
    """allauth notes what it does in a session and in messages for the next page. Here both are thrown away."""
    kept = request.session, request._messages  # type: ignore[attr-defined]
    request.session, request._messages = SessionStore(), CookieStorage(request)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        request.session, request._messages = kept  # type: ignore[attr-defined]
