"""Counts what people try on pages, and answers a try too many with the page itself."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from allauth.account.internal.stagekit import unstash_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse

from accounts.attempts import Door, count_try
from accounts.devices import known_device
from creator.http.refusals import headers_of, refusal_response, wants_json
from creator.http.ways_on import WayOn
from creator.lib.errors import Refused

View = Callable[..., HttpResponse]
LOOKING = ("GET", "HEAD", "OPTIONS")


def _typed(field: str) -> Callable[[HttpRequest], str]:
    """Reads the field of the form that has the e-mail address, known or not: the last value, as the form does."""
    return lambda request: request.POST.get(field, "")


def _signing_in(request: HttpRequest) -> str:
    """Whose password was right, and whose code is asked for."""
    login = unstash_login(request, peek=True)
    return str(login.user.pk) if login and login.user else ""


def _confirming(request: HttpRequest) -> str:
    """The address that waits for its confirmation, known or not."""
    login = unstash_login(request, peek=True)
    return str(login.user.email if login.user else login.email) if login else ""


def _signed_in(request: HttpRequest) -> str:
    return str(request.user.pk or "")


DOORS: Mapping[str, tuple[Door, Callable[[HttpRequest], str]]] = {
    "account_login": (Door.SIGN_IN, _typed("login")),
    "admin:login": (Door.ADMIN, _typed("username")),
    "mfa_login_webauthn": (Door.SIGN_IN, _signed_in),
    "account_signup": (Door.SIGN_UP, _typed("email")),
    "account_reset_password": (Door.RESET, _typed("email")),
    "account_reset_password_from_key": (Door.RESET, _signed_in),
    "account_confirm_email": (Door.VERIFY, _signed_in),
    "account_email_verification_sent": (Door.VERIFY, _confirming),
    "account_email": (Door.VERIFY, _signed_in),
    "account_email_change": (Door.VERIFY, _signed_in),
    "account_email_confirm_change": (Door.VERIFY, _signed_in),
    "account_confirm_login_code": (Door.SECOND_FACTOR, _signing_in),
    "mfa_authenticate": (Door.SECOND_FACTOR, _signing_in),
    "account_reauthenticate": (Door.REAUTHENTICATE, _signed_in),
    "account_delete": (Door.REAUTHENTICATE, _signed_in),
    "account_proof_by_mail": (Door.REAUTHENTICATE, _signed_in),
    "account_change_password": (Door.REAUTHENTICATE, _signed_in),
    "mfa_reauthenticate": (Door.REAUTHENTICATE, _signed_in),
    "mfa_reauthenticate_webauthn": (Door.REAUTHENTICATE, _signed_in),
}
"""Name of the route → its door, and whom a try is about. `tests/accounts/test_doors.py` asks this of every route."""


class TriesMiddleware:
    """Calls `count_try` before the view of a door handles a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in DOORS or request.method in LOOKING:
            return None
        door, about = DOORS[name]
        who = about(request)
        try:
            count_try(door, address=request.META["REMOTE_ADDR"], who=who, device=known_device(request, who))
        except Refused as refused:
            if wants_json(request):
                return refusal_response(request, refused)
            return _form_again(request, refused, view, args, kwargs)
        return None


def _form_again(
    request: HttpRequest, refused: Refused, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponse:
    """The page of the form with what was typed, except passwords, and the refusal where its errors are."""
    page = _page_of(request, view, args, kwargs)
    form = (page.context_data or {}).get("form") if page else None
    if page is None or form is None:
        return refusal_response(request, refused, way=WayOn("Try again", request.path))
    form.initial |= {name: request.POST[name] for name in form.fields if name in request.POST}
    form.cleaned_data = {}
    form.add_error(None, refused.message)
    page.status_code = refused.status
    for name, value in headers_of(refused).items():
        page[name] = value
    return page


def _page_of(
    request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> TemplateResponse | None:
    """The page as its address shows it, not rendered yet; None if there is none for this person."""
    asked = copy.copy(request)
    asked.method, asked.POST = "GET", QueryDict()
    try:
        page = view(asked, *args, **kwargs)
    except Refused:
        return None
    return page if isinstance(page, TemplateResponse) else None
