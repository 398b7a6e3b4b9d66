from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from creator.web.pages import page
from jobs.access import get_batch
from jobs.catalogue import offered_presets
from jobs.enums import JobStatus
from jobs.queries import list_jobs, with_pictures
from jobs.streaming.batch_progress import batch_progress
from jobs.web.forms import read_ids

PAGE_SIZE = 24
LONGEST_FILTER = 255  # the length of a name; SQLite refuses patterns of 50,000 bytes


@page("GET")
def jobs(request: HttpRequest) -> HttpResponse:
    """All jobs of the user, filtered by the query: `status`, `preset`, `q`, `batch`, `page`."""
    asked = {name: request.GET.get(name, "").strip()[:LONGEST_FILTER] for name in ("status", "preset", "q")}
    user = signed_in_user(request)
    batch = next(iter(read_ids([request.GET.get("batch", "")])), None)
    if batch:
        get_batch(user, batch)
        asked["batch"] = str(batch)
    statuses = [asked["status"]] if asked["status"] else []
    found = list_jobs(user, statuses=statuses, preset=asked["preset"], search=asked["q"], batch=batch)
    shown = Paginator(with_pictures(found), PAGE_SIZE).get_page(request.GET.get("page"))
    filters = {name: value for name, value in asked.items() if value}
    context = {
        "asked": asked,
        "filters": urlencode(filters),
        "is_filtered": bool(filters),
        "batch": batch_progress(batch) if batch else None,
        "shown": shown,
        "statuses": JobStatus.choices,
        "presets": [(each.preset.slug, each.manifest.title) for each in offered_presets()],
    }
    return render(request, "jobs/jobs.html", context)
