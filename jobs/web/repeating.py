"""Once more: a job again, a job with another seed, a batch called off. Each asks one function of the life of a job."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from creator.lib.errors import Refused
from jobs.access import get_batch, get_job
from jobs.lifecycle import CancelAnswer, cancel_batch, retry_job, vary_job
from jobs.models import Job
from jobs.web.edges import page, person
from jobs.web.forms import read_ids


@page("POST", kept=False)
def job_retry(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The same job again; on to its page."""
    return _repeat(request, job_id, retry_job)


@page("POST", kept=False)
def job_vary(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The same with another seed; on to its page."""
    return _repeat(request, job_id, vary_job)


@page("POST", kept=False)
def batch_cancel(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Every job of the batch that has not ended; says what became of them."""
    achieved = cancel_batch(batch=get_batch(person(request), batch_id))
    stopped = achieved.get(CancelAnswer.NEVER_STARTED, 0) + achieved.get(CancelAnswer.STOPPING, 0)
    if stopped:
        messages.success(
            request, f"{stopped} {'job is' if stopped == 1 else 'jobs are'} cancelled or being stopped."
        )
    else:
        messages.warning(request, "Too late: all of them had already ended.")
    return redirect("home")


def _repeat(request: HttpRequest, job_id: UUID, act: Callable[..., Job]) -> HttpResponseBase:
    """A form that is sent twice has one key, and makes one job. What is refused is said on the job's own page."""
    found = get_job(person(request), job_id)
    key = next(iter(read_ids([request.POST.get("key", "")])), None) or uuid4()
    try:
        made = act(job=found, key=key)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("job", job_id=job_id)
    return redirect("job", job_id=made.id)
