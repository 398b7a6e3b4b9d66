from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from accounts.web.reauthentication import recently_proved
from billing.ledger import set_caps
from billing.queries import Caps, caps_of
from creator.lib.formatting import count
from creator.web.pages import page

HIGHEST = 1_000_000_000
OWN = "own"


class CapsForm(forms.Form):
    """A field for the person, and one for each of their working keys. An empty field is no cap."""

    def __init__(self, caps: Caps, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.present = caps
        self.fields[OWN] = _field("All of your pictures", caps.own, caps.used)
        self.of_keys = {f"key-{use.key.pk}": use.key.pk for use in caps.keys}
        for name, use in zip(self.of_keys, caps.keys, strict=True):
            self.fields[name] = _field(f"API key {use.key.name}", use.cap, use.used)

    @property
    def own(self) -> int | None:
        """The person's cap, of a form that was accepted. What was not sent stays as it is."""
        return self.cleaned_data[OWN] if OWN in self.data else self.present.own

    @property
    def keys(self) -> dict[UUID, int | None]:
        """The caps that were sent of keys, of a form that was accepted."""
        return {pk: self.cleaned_data[name] for name, pk in self.of_keys.items() if name in self.data}


def _field(label: str, cap: int | None, used: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        initial=cap,
        required=False,
        min_value=0,
        max_value=HIGHEST,
        help_text=f"{count(used, 'credit')} used in this period.",
        widget=forms.NumberInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


def _same_form(request: HttpRequest) -> str:
    sent = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    return f"{request.path}?{urlencode(sent)}"


@page("GET", "POST", again=_same_form)
@recently_proved
def caps(request: HttpRequest) -> HttpResponseBase:
    """Shows and sets spend caps; the query of the address fills the form in.

    Only here: no key or token changes a cap, so that a program cannot raise its own.
    """
    user = signed_in_user(request)
    found = caps_of(user)
    form = CapsForm(found, request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if form.is_valid():
        set_caps(user, form.own, form.keys)
        messages.success(request, "Saved. This holds from now on.")
        return redirect("billing_caps")
    context = {"form": form, "caps": found}
    return render(request, "billing/caps.html", context, status=422 if form.is_bound else 200)
