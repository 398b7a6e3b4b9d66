"""The page of a job in any status, and what its owner can do: cancel, retry, vary, download."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.callers import signed_in_user
from creator.http.file_links import file_link
from creator.http.refusals import sentence_with_way
from creator.lib.errors import Refused
from creator.web.pages import page
from jobs.access import find_job, get_job
from jobs.enums import ArtifactKind, JobStatus
from jobs.lifecycle import CancelAnswer, cancel_job, lines_of_jobs, retry_job, vary_job
from jobs.models import Job
from jobs.queries import own_jobs
from jobs.retention import delete_job
from jobs.streaming.previews import get_preview
from jobs.streaming.snapshot import snapshot_of
from jobs.web.forms import read_ids, settings_query
from jobs.web.job_text import removed_text

ACHIEVED = {
    CancelAnswer.NEVER_STARTED: "Cancelled before it began. Nothing was charged.",
    CancelAnswer.STOPPING: "It is being stopped. Nothing is charged.",
    CancelAnswer.TOO_LATE: "Too late: it had already ended.",
}


@page("GET")
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job, in any status."""
    found = get_job(signed_in_user(request), job_id)
    context = {
        "job": found,
        "now": snapshot_of(found),
        "lines": lines_of_jobs([found])[found.id],
        "same": _same_again(found),
        "can_repeat": found.is_final and (found.upload_id or not found.preset_version.manifest.needs_photo),
        "key": uuid4(),
        "another": _another(found),
    }
    return render(request, "jobs/job.html", context)


@page("GET", "POST")
def job_cancel(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Asks for confirmation, then cancels and says what that achieved."""
    found = get_job(signed_in_user(request), job_id)
    if request.method != "POST":
        open_jobs = (
            found.batch.jobs.filter(finished_at=None, cancel_requested_at=None) if found.batch else None
        )
        together = open_jobs.count() if open_jobs is not None else 1
        return render(request, "jobs/cancel.html", {"job": found, "together": together})
    try:
        answer = cancel_job(job=found)
    except Refused as refused:
        messages.error(request, sentence_with_way(refused))
        return redirect("job", job_id=job_id)
    (messages.warning if answer is CancelAnswer.TOO_LATE else messages.success)(request, ACHIEVED[answer])
    return redirect("job", job_id=job_id)


@page("GET", "POST")
def job_delete(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Asks for confirmation, then deletes the job and its files."""
    found = get_job(signed_in_user(request), job_id)
    if request.method != "POST":
        photo_stays = (
            found.upload is not None and own_jobs(found.owner).filter(upload=found.upload_id).count() > 1
        )
        return render(request, "jobs/delete.html", {"job": found, "photo_stays": photo_stays})
    try:
        delete_job(found)
    except Refused as refused:
        messages.error(request, sentence_with_way(refused))
        return redirect("job", job_id=job_id)
    messages.success(request, "The job and its files are deleted.")
    return redirect("jobs")


@page("GET")
def job_preview(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The newest preview."""
    preview = get_preview(find_job(signed_in_user(request), job_id))
    response = HttpResponse(preview.content, content_type=preview.mime)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("GET")
def job_download(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Redirects to a fresh signed link of the result."""
    found = get_job(signed_in_user(request), job_id)
    result = next((each for each in found.artifacts.all() if each.kind == ArtifactKind.RESULT), None)
    if result is None:
        raise _without_result(found)
    return redirect(file_link(result.key, name=found.result_name))


def _page_of(request: HttpRequest, job_id: UUID) -> str:
    return reverse("job", args=[job_id])


@page("POST", again=_page_of)
def job_retry(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Makes the same job again and redirects to its page."""
    return _repeat(request, job_id, retry_job)


@page("POST", again=_page_of)
def job_vary(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Makes the same job with another seed and redirects to its page."""
    return _repeat(request, job_id, vary_job)


def _repeat(request: HttpRequest, job_id: UUID, act: Callable[..., Job]) -> HttpResponseBase:
    """The form's key makes one job even if the form is sent twice. A refusal is shown on the job's own page."""
    found = get_job(signed_in_user(request), job_id)
    key = next(iter(read_ids([request.POST.get("key", "")])), None) or uuid4()
    try:
        made = act(job=found, key=key)
    except Refused as refused:
        messages.error(request, sentence_with_way(refused))
        return redirect("job", job_id=job_id)
    if made.id == job_id:
        messages.info(request, "This picture is made already: the same settings make the same picture.")
    return redirect("job", job_id=made.id)


def _without_result(found: Job) -> Refused:
    if found.files_purged_at:
        return Refused("gone", removed_text(found))
    return Refused("not_found", "This job has no result to download.")


def _another(found: Job) -> str:
    """The address of the new-job page with the same photo and preset."""
    return f"{reverse('new_job')}?{urlencode(_photo_and_preset(found))}"


def _same_again(found: Job) -> str:
    """The address of the new-job page with this job's settings; with its seed unless it was completed."""
    query = _photo_and_preset(found) | settings_query(found.parameters) | {"format": found.output_format}
    if found.status != JobStatus.COMPLETED and found.shown_seed is not None:
        query["seed"] = str(found.seed)
    return f"{reverse('new_job')}?{urlencode(query)}"


def _photo_and_preset(found: Job) -> dict[str, str]:
    photo = {"photo": str(found.upload_id)} if found.upload_id else {}
    return photo | {"preset": found.preset_version.preset_id}
