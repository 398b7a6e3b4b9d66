from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from accounts.models import User
from billing.ledger import present_account
from billing.plans import PlanLimits, limits_of_plan
from billing.queries import present_notice
from creator.web.pages import page
from jobs.catalogue import offered_presets
from jobs.queries import has_jobs
from jobs.streaming.home import read_home
from jobs.web.form_photos import read_photos
from jobs.web.forms import read_new_job
from jobs.web.new_job import preselect


@page("GET")
def home(request: HttpRequest) -> HttpResponse:
    """Jobs in progress, drop panel and newest results. A new account sees the steps to a first picture."""
    user = signed_in_user(request)
    shown = read_home(user.pk)
    account = present_account(user.pk)
    limits = limits_of_plan(account.plan)
    context = {
        **_start_panel(request, user, limits),
        "limits": limits,
        "credits": account.available,
        "home": shown,
        "quota": present_notice(account),
        "is_new": not shown.open and not shown.results and not has_jobs(user),
    }
    return render(request, "jobs/home.html", context)


def _start_panel(request: HttpRequest, user: User, limits: PlanLimits) -> dict[str, Any]:
    """The form that starts photos, with what its address says of photos, preset and settings."""
    presets = offered_presets()
    chosen = preselect(presets, request.GET.get("preset", ""))
    startable = [each for each in presets if each.manifest.needs_photo and each.takes_jobs]
    form = read_new_job(request.GET, chosen.manifest if chosen else None, sent=False)
    photos = read_photos(user, form.upload_ids, limits=limits)
    return {
        "form": form,
        "presets": startable,
        "chosen": chosen,
        "photos": [(each, "") for each in photos.accepted],
        "refused": photos.refused,
        "query": form.query(photos.ids),
        "kept": form.own_fields().items(),
        "kept_words": form.own_words(chosen.manifest) if chosen else "",
        "start": form.start_words(chosen, len(photos.ids)) if chosen in startable else "Start",
    }
