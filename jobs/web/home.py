from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from billing.plans import limits_of
from creator.web.pages import page
from jobs.catalogue import offered_presets
from jobs.queries import has_jobs, overview
from jobs.streaming.snapshot import snapshots_of
from jobs.web.forms import NewJobForm
from jobs.web.new_job import preselect

ROWS_AT_HOME = 20
RESULTS_AT_HOME = 8


@page("GET", cacheable=False)
def home(request: HttpRequest) -> HttpResponse:
    """Drop panel, jobs in progress and newest results. A new account sees the steps to a first picture."""
    user = signed_in_user(request)
    mine = overview(user, open_limit=ROWS_AT_HOME, result_limit=RESULTS_AT_HOME)
    presets = offered_presets()
    context = {
        "form": NewJobForm(),
        "presets": presets,
        "chosen": preselect(presets, ""),
        "limits": limits_of(user.pk),
        "rows": list(zip(mine.open, snapshots_of(mine.open), strict=True)),
        "is_full": len(mine.open) == ROWS_AT_HOME,
        "results": mine.results,
        "is_new": not mine.open and not mine.results and not has_jobs(user),
    }
    return render(request, "jobs/home.html", context)
