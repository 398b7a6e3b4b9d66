"""All mails with sample facts, for looking at them while one develops. Production has no such pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from csp.decorators import csp, csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.models import User
from accounts.notifications.kind import Kind, all_kinds, kind_named
from accounts.notifications.samples import write_sample
from accounts.notifications.writing import Written
from creator.config import Environment
from creator.lib.errors import Refused
from creator.web.pages import page

SCHEMES = ("light", "dark")
IN_THE_DARK = "@media (prefers-color-scheme: dark)"
Page = Callable[..., HttpResponseBase]


def not_in_production(view: Page) -> Page:
    """Refuses the page in production as if it did not exist."""

    @wraps(view)
    def answer(request: HttpRequest, **arguments: str) -> HttpResponseBase:
        if settings.CONFIG.environment is Environment.PRODUCTION:
            raise Refused("not_found", "There is no such page.")
        return view(request, **arguments)

    return answer


@page("GET", signed_in=False)
@not_in_production
def mails(request: HttpRequest) -> HttpResponse:
    """The list of all kinds."""
    return render(request, "notifications/mails.html", {"kinds": all_kinds()})


@page("GET", signed_in=False)
@not_in_production
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # it takes views with arguments too
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its text beside its HTML in light and dark."""
    kind = _kind(name)
    context = {"kind": kind, "written": _written(kind, request), "schemes": SCHEMES}
    return render(request, "notifications/mail.html", context)


@page("GET", signed_in=False)
@not_in_production
@xframe_options_sameorigin
@csp(  # type: ignore[arg-type]  # likewise
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups"],
    }
)
def mail_part(request: HttpRequest, name: str, scheme: str) -> HttpResponse:
    """The HTML part alone, in the colours for light or dark whatever the browser prefers."""
    if scheme not in SCHEMES:
        raise Refused("not_found", "A mail is shown light or dark.")
    shown = "@media all" if scheme == "dark" else "@media not all"
    return HttpResponse(_written(_kind(name), request).html.replace(IN_THE_DARK, shown))


def _kind(name: str) -> Kind:
    try:
        return kind_named(name)
    except LookupError as error:
        raise Refused("not_found", f"There is no kind of mail named {name}.") from error


def _written(kind: Kind, request: HttpRequest) -> Written:
    return write_sample(kind, User(email="ada@example.org", name="Ada"), request)
