"""The gallery and the page of a job: live, finished, failed, cancelled."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from creator.lib.errors import Refused
from creator.lib.links import file_link
from jobs.access import find_job, get_job
from jobs.catalogue import offered_presets
from jobs.enums import ArtifactKind, JobStatus
from jobs.lifecycle import cancel_job
from jobs.models import Job
from jobs.queries import list_jobs
from jobs.streaming.previews import latest_preview
from jobs.streaming.snapshot import snapshot_of
from jobs.web.edges import page, person
from jobs.web.forms import settings_query
from jobs.web.shown import removed_words

PAGE_SIZE = 24
LONGEST_FILTER = 255  # as long as a name; SQLite refuses patterns of 50,000
ACHIEVED = {
    "never_started": "Cancelled before it began. Nothing was charged.",
    "stopping": "It is being stopped. Should it finish first, you keep the picture; otherwise nothing is charged.",
    "too_late": "Too late: it had already ended.",
}


@page("GET")
def jobs(request: HttpRequest) -> HttpResponse:
    """All jobs of the user, filtered by the address: `status`, `preset`, `q`, `page`."""
    asked = {name: request.GET.get(name, "").strip()[:LONGEST_FILTER] for name in ("status", "preset", "q")}
    found = list_jobs(person(request), status=asked["status"], preset=asked["preset"], search=asked["q"])
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    filters = {name: value for name, value in asked.items() if value}
    context = {
        "asked": asked,
        "filters": urlencode(filters),
        "is_filtered": bool(filters),
        "shown": shown,
        "statuses": JobStatus.choices,
        "presets": [(each.preset.slug, each.manifest.title) for each in offered_presets()],
    }
    return render(request, "jobs/jobs.html", context)


@page("GET", kept=False)
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job, whatever its state."""
    found = get_job(person(request), job_id)
    context = {
        "job": found,
        "now": snapshot_of(found),
        "same": _same_again(found),
        "can_repeat": found.is_final and (found.upload_id or not found.preset_version.manifest.needs_photo),
        "key": uuid4(),
        "another": _another(found),
    }
    return render(request, "jobs/job.html", context)


@page("GET", "POST", kept=False)
def job_cancel(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Asks first; then says what the cancel achieved."""
    found = get_job(person(request), job_id)
    if request.method != "POST":
        together = found.batch.jobs.filter(finished_at=None).count() if found.batch else 1
        return render(request, "jobs/cancel.html", {"job": found, "together": together})
    answer = cancel_job(job=found)
    (messages.warning if answer == "too_late" else messages.success)(request, ACHIEVED[answer])
    return redirect("job", job_id=job_id)


@page("GET", kept=False)
def job_preview(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The latest picture of work in progress."""
    found = find_job(person(request), job_id)
    preview = latest_preview(job_id) if found else None
    if preview is None:
        raise Refused("not_found", "There is no preview.")
    response = HttpResponse(preview.content, content_type=preview.mime)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("GET", kept=False)
def job_download(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """On to a fresh signed link of the result."""
    found = get_job(person(request), job_id)
    result = next((each for each in found.artifacts.all() if each.kind == ArtifactKind.RESULT), None)
    if result is None:
        raise _without_result(found)
    return redirect(file_link(result.key, name=found.result_name))


def _without_result(found: Job) -> Refused:
    if found.files_purged_at:
        return Refused("gone", removed_words(found))
    return Refused("not_found", "This job has no result to download.")


def _another(found: Job) -> str:
    """The new-job page with the same photo and preset."""
    return f"{reverse('new_job')}?{urlencode(_photo_and_preset(found))}"


def _same_again(found: Job) -> str:
    """The new-job page with all settings of this job; a failed one keeps its seed, a finished one is varied."""
    query = _photo_and_preset(found) | settings_query(found.parameters) | {"format": found.output_format}
    if found.status != JobStatus.COMPLETED:
        query["seed"] = str(found.seed)
    return f"{reverse('new_job')}?{urlencode(query)}"


def _photo_and_preset(found: Job) -> dict[str, str]:
    photo = {"photo": str(found.upload_id)} if found.upload_id else {}
    return photo | {"preset": found.preset_version.preset_id}
