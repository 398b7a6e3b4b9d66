from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.callers import signed_in_user
from creator.web.pages import page
from jobs.access import get_batch
from jobs.lifecycle import CancelAnswer, cancel_batch


@page("POST", cacheable=False)
def batch_cancel(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Cancels every job of the batch that has not ended, and says how many."""
    achieved = cancel_batch(batch=get_batch(signed_in_user(request), batch_id))
    stopped = achieved.get(CancelAnswer.NEVER_STARTED, 0) + achieved.get(CancelAnswer.STOPPING, 0)
    if stopped:
        messages.success(
            request, f"{stopped} {'job is' if stopped == 1 else 'jobs are'} cancelled or being stopped."
        )
    else:
        messages.warning(request, "Too late: all of these jobs had already ended.")
    return redirect("home")
