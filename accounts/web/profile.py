from __future__ import annotations

from copy import copy

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts import preferences
from accounts.callers import signed_in_user
from accounts.models import User
from creator.web.pages import page


class ProfileForm(forms.ModelForm):
    """What people say about themselves, and how pages and results shall look."""

    class Meta:
        model = User
        fields = ("name", "time_zone", "language", "theme", "keep_copyright")
        labels = {"theme": "Colours", "keep_copyright": "Keep copyright notices"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_name(self) -> str:
        return preferences.normal_name(self.cleaned_data["name"])

    def clean_language(self) -> str:
        return preferences.normal_language(self.cleaned_data["language"]) or "en"


@page("GET", "POST")
def profile(request: HttpRequest) -> HttpResponseBase:
    """Shows the profile and changes it."""
    # A copy: a refused form leaves its values in the instance, and the page around it shows the user too.
    form = ProfileForm(request.POST or None, instance=copy(signed_in_user(request)))
    if form.is_valid():
        form.save(commit=False).save(update_fields=form.changed_data)
        messages.success(request, "Saved.")
        return redirect("account_profile")
    return render(request, "account/profile.html", {"form": form}, status=422 if form.is_bound else 200)
