"""The person's address: shown, confirmed, and changed by links to the old and the new one."""

from __future__ import annotations

from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts import email_change
from accounts.callers import signed_in_user
from accounts.emails import shown
from accounts.models import EmailChange, Side
from accounts.web.forms import AddressField
from accounts.web.reauthentication import recently_proved
from accounts.web.verification import say_whether_sent
from creator.lib.errors import Refused
from creator.web.pages import page


class NewAddress(forms.Form):
    email = AddressField(label="New address")


@page("GET", "POST")
def email(request: HttpRequest) -> HttpResponseBase:
    """The address and its state. Sends the link of an address that is not confirmed again, or stops a change."""
    user = signed_in_user(request)
    if request.method == "POST":
        if "stop" in request.POST:
            if email_change.stop_email_change(user):
                messages.success(request, "The change was stopped. Your address stays as it is.")
        else:
            say_whether_sent(request, send_verification_email_for_user(request, user))
        return redirect("account_email")
    waiting = EmailChange.objects.filter(user=user).first()
    context = {
        "is_confirmed": email_change.is_confirmed(user),
        "change": waiting if waiting and not waiting.has_ended else None,
    }
    return render(request, "account/email.html", context)


@page("GET", "POST")
@recently_proved
def change(request: HttpRequest) -> HttpResponseBase:
    """Asks for the new address and mails the links."""
    form = NewAddress(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            email_change.ask_email_change(signed_in_user(request), shown(form["email"].data))
        except Refused as refused:
            form.add_error("email", refused.message)
        else:
            return redirect("account_email")
    return render(request, "account/email_change.html", {"form": form})


@page("GET", "POST", signed_in=False)
def confirm(request: HttpRequest, key: str) -> HttpResponseBase:
    """The page of a link. It works in any browser, and reading it does nothing: mail scanners read it too."""
    found = email_change.find_email_change(key)
    if found is None:
        return render(request, "account/email_change_ended.html", status=200)
    waiting, side = found
    if request.method == "POST":
        return _answer(request, waiting, side)
    return render(
        request, "account/email_change_confirm.html", {"change": waiting, "is_old": side == Side.OLD}
    )


def _answer(request: HttpRequest, waiting: EmailChange, side: Side) -> HttpResponse:
    if "stop" in request.POST:
        email_change.stop_email_change(waiting.user)
        return render(request, "account/email_change_ended.html", {"stopped": True})
    is_done = email_change.confirm_email_change(waiting.pk, side, request)
    if is_done and request.user == waiting.user:
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)  # only this session goes on
    return render(
        request, "account/email_change_done.html", {"change": waiting, "is_done": is_done, "side": side}
    )
