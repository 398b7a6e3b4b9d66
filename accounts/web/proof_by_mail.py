"""How people prove again who they are if they have neither password nor second factor: by a link in a mail.

The link works for ten minutes and only in the session that asked for it, so that neither the mailbox nor the open
browser is enough by itself.
"""

from __future__ import annotations

import secrets

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from accounts.device_names import device_name
from accounts.notifications import kinds, notify
from accounts.notifications.access_links import PROOF_SALT
from creator.lib.errors import Refused
from creator.web.pages import page

WORKS_S = 600
ASKED = "proof_asked"
EXPIRED = "This link has expired or was used. Go back to what you wanted to change and ask for another."
ELSEWHERE = "Open this link in the browser in which you asked for it."


@page("GET", "POST")
def proof_by_mail(request: HttpRequest) -> HttpResponseBase:
    """Offers to send the link, and sends it. Others are led to what they have."""
    user = signed_in_user(request)
    way = get_adapter().get_reauthentication_methods(user)[0]
    if way["id"] != "mail":
        return redirect(way["url"])
    if request.method == "POST":
        asked = secrets.token_urlsafe(16)
        request.session[ASKED] = [asked, get_next_redirect_url(request) or ""]
        where = {
            "address": request.META["REMOTE_ADDR"],
            "device": device_name(request.headers.get("User-Agent", "")),
        }
        notify(kinds.PROOF, user, event_id=asked, facts={"asked": asked, **where})
    return _shown(request, is_sent=request.method == "POST")


@page("GET")
def proof_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Takes the proof, and leads back to what the person wanted to change. Raises Refused("gone", "not_allowed")."""
    try:
        user_id, asked = signing.loads(token, salt=PROOF_SALT, max_age=WORKS_S)
    except signing.BadSignature as error:
        raise Refused("gone", EXPIRED) from error
    known, back = request.session.get(ASKED, ["", ""])
    user = signed_in_user(request)
    if (asked, user_id) != (known, str(user.pk)):
        raise Refused("not_allowed", ELSEWHERE)
    del request.session[ASKED]
    record_authentication(request, user, "mail", reauthenticated=True)
    return HttpResponseRedirect(back) if back else redirect("account_security")


def _shown(request: HttpRequest, *, is_sent: bool) -> HttpResponse:
    context = {
        "is_sent": is_sent,
        "next": get_next_redirect_url(request) or "",
        "next_field": REDIRECT_FIELD_NAME,
        "address": signed_in_user(request).shown_email,
    }
    return render(request, "account/proof_by_mail.html", context)
