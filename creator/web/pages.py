"""The decorator of every page: checks method and sign-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

from creator.http.refusals import wants_json, wrong_method
from creator.http.ways_on import again_of
from creator.lib.errors import Refused

View = Callable[..., HttpResponseBase]
Again = Callable[..., str]


def page(*methods: str, signed_in: bool = True, again: Again | None = None) -> Callable[[View], View]:
    """Refuses other methods with 405 and sends people who are not signed in to the sign-in page.

    `again` gives the address that shows a sent form as it was: people come back to it after they signed in.
    Without it, that is the page's own address.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **arguments: object) -> HttpResponseBase:
            if request.method not in methods and (request.method != "HEAD" or "GET" not in methods):
                raise wrong_method([*methods, "HEAD"] if "GET" in methods else methods)
            if signed_in and not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            return view(request, **arguments)

        answer.again = again or (_own_address if "GET" in methods else None)  # type: ignore[attr-defined]
        return answer

    return wrap


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        raise Refused("not_authenticated", "Sign in to go on.")
    back = request.get_full_path() if request.method == "GET" else again_of(request)
    return redirect_to_login(back or resolve_url(settings.LOGIN_REDIRECT_URL))


def _own_address(request: HttpRequest, **arguments: object) -> str:
    return request.path
