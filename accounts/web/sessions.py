from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from accounts.enums import FamilyEnd
from accounts.models import TokenFamily
from accounts.sessions import end_session, end_sessions, list_sessions
from accounts.tokens import end_all, end_family, list_families
from creator.lib.formatting import count
from creator.web.pages import page


@page("GET")
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in: browsers, and programs that they gave tokens to."""
    user = signed_in_user(request)
    return render(
        request,
        "account/sessions.html",
        {
            "sessions": list_sessions(user, current=request.session.session_key or ""),
            "programs": list_families(user),
        },
    )


@page("POST")
def end_one(request: HttpRequest, session_id: int) -> HttpResponseBase:
    """Signs one browser out. The present one goes to the landing page with its next request."""
    end_session(signed_in_user(request), session_id, address=request.META["REMOTE_ADDR"])
    return _ended(request, "That browser is signed out.")


@page("POST")
def end_program(request: HttpRequest, family_id: UUID) -> HttpResponseBase:
    """Signs one program out."""
    family = TokenFamily.objects.filter(owner=signed_in_user(request), pk=family_id).first()
    if family:
        end_family(family, FamilyEnd.REVOKED, address=request.META["REMOTE_ADDR"])
    return _ended(request, "That program is signed out.")


@page("POST")
def end_others(request: HttpRequest) -> HttpResponseBase:
    """Signs out every browser but this one, and every program."""
    user, address = signed_in_user(request), request.META["REMOTE_ADDR"]
    ended = end_sessions(user, keep=request.session.session_key or "", address=address)
    ended += end_all(user, address=address)
    return _ended(request, f"{count(ended, 'other')} signed out.")


def _ended(request: HttpRequest, words: str) -> HttpResponseBase:
    messages.success(request, words)
    return redirect("account_sessions")
