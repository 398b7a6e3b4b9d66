from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.api_keys import get_key, keys_of, make_api_key, require_lately_permitted, revoke_api_key
from accounts.callers import signed_in_user
from accounts.enums import KeyOrigin, Scope
from accounts.models import ApiKey
from accounts.web.key_form import KeyForm
from accounts.web.reauthentication import recently_proved
from creator.lib.errors import Refused
from creator.web.pages import page

_TRIAL = {Scope.JOBS_READ: "/api/v1/presets", Scope.ACCOUNT_READ: "/api/v1/keys"}
"""An address of the API that answers a key with this scope."""


@page("GET")
def keys(request: HttpRequest) -> HttpResponse:
    """The person's keys."""
    user = signed_in_user(request)
    return render(request, "account/keys.html", {"keys": keys_of(user), "refused": _refusal(user.pk)})


def _same_form(request: HttpRequest) -> str:
    sent = {name: request.POST.getlist(name) for name in KeyForm.base_fields}
    return f"{request.path}?{urlencode(sent, doseq=True)}"


@page("GET", "POST", again=_same_form)
@recently_proved
def new_key(request: HttpRequest) -> HttpResponse:
    """The form of a new key; the query of the address fills it in. Shows the key that was made."""
    form = KeyForm(request.POST) if request.method == "POST" else KeyForm.filled_in(request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            return _show_once(request, *_make(request, form))
        except Refused as refused:
            form.take(refused)
    return render(request, "account/key_new.html", {"form": form})


@page("GET", "POST")
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponseBase:
    """Asks whether to revoke a key, and does it."""
    key = get_key(signed_in_user(request), key_id)
    if request.method != "POST":
        return render(request, "account/key_revoke.html", {"key": key})
    if revoke_api_key(key=key, address=request.META.get("REMOTE_ADDR", "")):
        messages.success(request, f"{key.name} is revoked. Programs that use it are refused from now on.")
    return redirect("account_keys")


def _make(request: HttpRequest, form: KeyForm) -> tuple[ApiKey, str]:
    asked = form.cleaned_data
    return make_api_key(
        owner=signed_in_user(request),
        name=asked["name"],
        scopes=asked["scopes"],
        expires_at=asked.get("expires_at"),
        made_by=KeyOrigin.PAGE,
        address=request.META.get("REMOTE_ADDR", ""),
    )


def _show_once(request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
    """Shows the new key in the answer to the form itself: a redirect would have to keep it somewhere meanwhile."""
    path = next((_TRIAL[scope] for scope in map(Scope, key.scopes) if scope in _TRIAL), "")
    trial = request.build_absolute_uri(path) if path else ""
    return render(request, "account/key_made.html", {"key": key, "secret": secret, "trial": trial})


def _refusal(owner_id: UUID) -> str:
    """Why the person may not use keys, or nothing."""
    try:
        require_lately_permitted(owner_id)
    except Refused as refused:
        return refused.message
    return ""
