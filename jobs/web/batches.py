from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from creator.http.streamed_files import download
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.web.pages import page
from jobs.access import get_batch
from jobs.archive import zip_batch, zip_name
from jobs.lifecycle import CancelAnswer, cancel_batch
from jobs.streaming.batch_progress import batch_progress


@page("GET", "POST")
def batch_cancel(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Asks for confirmation, then cancels every job of the batch that has not ended, and says how many."""
    batch = get_batch(signed_in_user(request), batch_id)
    if request.method != "POST":
        progress = batch_progress(batch.id)
        if progress is None:
            raise Refused("not_found", "This batch has no jobs of its own.")
        return render(request, "jobs/batch_cancel.html", {"batch": progress})
    achieved = cancel_batch(batch=batch, anew=True)
    stopped = achieved.get(CancelAnswer.NEVER_STARTED, 0) + achieved.get(CancelAnswer.STOPPING, 0)
    if stopped:
        messages.success(
            request, f"{stopped} {'job is' if stopped == 1 else 'jobs are'} cancelled or being stopped."
        )
    if runs_on := achieved.get(CancelAnswer.RUNS_ON, 0):
        verb = "runs" if runs_on == 1 else "run"
        messages.warning(
            request, f"{count(runs_on, 'job')} {verb} on: your plan stops no more running jobs in this hour."
        )
    if not stopped and not runs_on:
        messages.warning(request, "Too late: all of these jobs had already ended.")
    return redirect("home")


@page("GET")
def batch_zip(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """All finished pictures of the batch in one file."""
    batch = get_batch(signed_in_user(request), batch_id)
    return download(
        zip_batch(batch), method=request.method, name=zip_name(batch), content_type="application/zip"
    )
