"""Connecting a Google Drive: what is asked and why, the way to Google, and the way back."""

from __future__ import annotations

import time
from hmac import compare_digest

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.callers import signed_in_user
from creator.lib.errors import Refused
from creator.web.pages import page
from drive.access import get_past_connection
from drive.connections import Flow, begin_google, finish_google, offered_scopes
from drive.sources.google.oauth import can_read

KEPT = "drive_google"
LASTS_S = 15 * 60
UNKNOWN = "This was not begun in this browser, or too long ago. Nothing has changed. Begin again."
DENIED = "You did not let us into Google Drive. Nothing has changed."
SIGNED_OUT = "You were signed out meanwhile. Nothing has changed. Sign in, and begin again."


@page("GET", "POST")
def connect(request: HttpRequest) -> HttpResponseBase:
    """Says which access Google will ask for and why; POST leads to Google. `again` is a connection to make anew."""
    user = signed_in_user(request)
    scopes = offered_scopes(user)
    again = request.GET.get("again")
    account = get_past_connection(user, again).label if again else ""
    if request.method != "POST":
        context = {"sees_all": can_read(scopes), "account": account}
        return render(request, "drive/google.html", context)
    flow, address = begin_google(user, redirect_uri=_back_to(request), account=account)
    request.session[KEPT] = [flow.state, flow.verifier, time.time()]
    return HttpResponseRedirect(address)


@page("GET", signed_in=False)
def callback(request: HttpRequest) -> HttpResponseBase:
    """Where Google sends the person back to. It always leads on, so that no page has the code in its address."""
    if not request.user.is_authenticated:  # the page to sign in would get the code in its own address
        messages.error(request, SIGNED_OUT)
        return _lead_on(f"{reverse('account_login')}?next={reverse('drive_google_connect')}")
    flow = _take_flow(request, request.GET.get("state", ""))
    if flow is None:
        messages.error(request, UNKNOWN)
        return _lead_on(reverse("drive"))
    code = request.GET.get("code", "")
    if not code:
        messages.info(request, DENIED)
        return _lead_on(reverse("drive"))
    try:
        made = finish_google(
            signed_in_user(request),
            flow,
            code=code,
            redirect_uri=_back_to(request),
            address=request.META["REMOTE_ADDR"],
        )
    except Refused as refused:
        messages.error(request, refused.message)
        return _lead_on(reverse("drive"))
    messages.success(request, f"Google Drive of {made.label} is connected.")
    if made.watched.filter(is_ended=False).exists():
        return _lead_on(reverse("drive"))
    return _lead_on(reverse("drive_folder_new", args=[made.pk]))


def _take_flow(request: HttpRequest, state: str) -> Flow | None:
    """What was kept when the person left for Google, once. Another state leaves it for the right one."""
    kept, verifier, began = request.session.get(KEPT) or ("", "", 0)
    if not kept or not compare_digest(kept.encode(), state.encode()):
        return None
    del request.session[KEPT]
    return Flow(kept, verifier) if time.time() < began + LASTS_S else None


def _lead_on(address: str) -> HttpResponse:
    """A page of another site must not learn the code by the address that leads to it."""
    answer = redirect(address)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _back_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("drive_google_callback"))
