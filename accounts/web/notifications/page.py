from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.callers import signed_in_user
from accounts.models import MailSchedule, User
from accounts.notifications.bounces import refused_mail
from accounts.notifications.kind import all_kinds
from accounts.notifications.newest import newest_notifications
from accounts.notifications.preferences import choose, turned_off
from creator.web.pages import page

CHANNELS = ("mail", "page")
QUIET = ("quiet_from", "quiet_until")


@page("GET", "POST")
def notifications(request: HttpRequest) -> HttpResponse:
    """What the person was told, and what they want to be told, how and when."""
    user = signed_in_user(request)
    schedule = MailSchedule.objects.filter(user=user).first() or MailSchedule(user=user)
    form = ScheduleForm(request.POST if request.method == "POST" else None, instance=schedule)
    if form.is_bound:
        chosen = {channel: request.POST.getlist(channel) for channel in CHANNELS}
        if form.is_valid():
            choose(user, **chosen)
            form.save()
            messages.success(request, "Saved.")
            return HttpResponseRedirect(reverse("notifications"))
    else:
        chosen = {channel: _wanted(user, channel) for channel in CHANNELS}
    return render(
        request,
        "notifications/page.html",
        {
            "notifications": newest_notifications(user, request),
            "kinds": [kind for kind in all_kinds() if kind.optional],
            "always": [kind for kind in all_kinds() if kind.on_page and not kind.optional],
            "chosen": chosen,
            "form": form,
            "refused": refused_mail(user),
        },
        status=400 if form.is_bound else 200,
    )


class ScheduleForm(forms.ModelForm):
    """When mails that can wait are sent."""

    class Meta:
        model = MailSchedule
        fields = ("rhythm", *QUIET)
        labels = {
            "rhythm": "How often",
            "quiet_from": "Quiet hours from",
            "quiet_until": "Quiet hours until",
        }
        widgets = {name: forms.TimeInput(format="%H:%M", attrs={"type": "time"}) for name in QUIET}

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        missing = [name for name in QUIET if values.get(name) is None]
        if len(missing) == 1 and not self.errors:
            self.add_error(missing[0], "Enter both ends of the quiet hours, or neither.")
        return values


def _wanted(user: User, channel: str) -> list[str]:
    off = turned_off(user, channel)
    return [kind.name for kind in all_kinds() if kind.optional and kind.name not in off]
