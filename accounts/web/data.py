"""The pages on which people take their data with them or delete their account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.audit import record
from accounts.callers import signed_in_user
from accounts.enums import SecurityEvent
from accounts.erasure import GRACE, ask_erasure
from accounts.export import MOST_A_DAY, STORED_S, ask_export, exports_of, get_export
from accounts.models import User
from accounts.web.reauthentication import recently_proved
from creator.http.file_links import FileLink
from creator.http.files import stored_file
from creator.lib.errors import Refused
from creator.lib.formatting import moment
from creator.web.pages import page

SHOWN = 5
LINK_S = 60
"""How long an address in the bucket works to which a download redirects."""
LEAVING = "Your account will be deleted on {day}. If you want to keep it, sign in before that."


class DeletionForm(forms.Form):
    """Asks for the password of a person who has one."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *arguments: Any, user: User, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password


@page("GET")
def data(request: HttpRequest) -> HttpResponseBase:
    """The person's exports, and the ways to ask for one and to delete the account."""
    context = {
        "exports": exports_of(signed_in_user(request))[:SHOWN],
        "most": MOST_A_DAY,
        "days": STORED_S // (24 * 3600),
        "grace": GRACE.days,
    }
    return render(request, "account/data.html", context)


def _its_page(request: HttpRequest) -> str:
    return reverse("account_data")


@page("POST", again=_its_page)
@recently_proved
def export(request: HttpRequest) -> HttpResponseBase:
    """Asks for an export."""
    try:
        ask_export(signed_in_user(request), address=request.META["REMOTE_ADDR"])
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "Your data is being collected. You get a mail when it can be downloaded.")
    return redirect("account_data")


@page("GET")
@recently_proved
def download(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The zip of an export. Raises Refused: `not_found`, `gone`."""
    user = signed_in_user(request)
    found = get_export(user, export_id)
    answer = stored_file(
        request, FileLink(found.key, f"creator-{found.created_at:%Y-%m-%d}.zip", False), valid_s=LINK_S
    )
    record(SecurityEvent.EXPORT_FETCHED, user, address=request.META["REMOTE_ADDR"], export=str(found.pk))
    return answer


@page("GET", "POST")
def delete(request: HttpRequest) -> HttpResponseBase:
    """Says what is deleted when, and asks for the password; who has none proves otherwise who they are."""
    view = _delete if signed_in_user(request).has_usable_password() else recently_proved(_delete)
    return view(request)


def _delete(request: HttpRequest) -> HttpResponseBase:
    user = signed_in_user(request)
    form = DeletionForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        context = {"form": form, "grace": GRACE.days}
        return render(request, "account/delete.html", context, status=422 if form.is_bound else 200)
    erasure = ask_erasure(user, address=request.META["REMOTE_ADDR"])
    logout(request)
    messages.success(request, LEAVING.format(day=moment(erasure.due_at, "minute")))
    return redirect("account_login")
