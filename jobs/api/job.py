from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of, principal_of
from accounts.enums import Scope
from creator.api.description import File
from creator.api.methods import NO_CONTENT
from creator.api.views import ApiView
from creator.lib.errors import Refused
from creator.platform.api import answer_once
from creator.platform.idempotency import Answer
from jobs.access import get_bare_job, get_job, get_job_to_delete
from jobs.api.polled import answer_with
from jobs.api.schemas.jobs import AcceptedJobAnswer, CancelledAnswer, JobAnswer, VaryBody
from jobs.api.submitting import START_REFUSALS, accept_job
from jobs.api.waiting import wait_if_preferred
from jobs.lifecycle import CancelAnswer, cancel_job, retry_job, vary_job
from jobs.models import Job
from jobs.queries import with_progress
from jobs.retention import delete_job
from jobs.streaming.previews import PREVIEW_TYPES, get_preview

REPEAT_REFUSALS = (*START_REFUSALS, "too_late")


class OneJob(ApiView):
    """`GET /jobs/{id}`: everything about one job. `DELETE /jobs/{id}`: forgets an ended job and deletes its files."""

    scopes = {"GET": Scope.JOBS_READ, "DELETE": Scope.JOBS_WRITE}
    answers = {"GET": {200: JobAnswer, 304: None}, "DELETE": {204: None}}
    refusals = {"DELETE": ("too_late",)}

    def get(self, request: Request, job_id: UUID) -> HttpResponse:
        job = get_job(caller_of(request), job_id, load=with_progress)
        return answer_with(request, [job], lambda jobs: JobAnswer(jobs[0]))

    def delete(self, request: Request, job_id: UUID) -> Response:
        delete_job(get_job_to_delete(caller_of(request), job_id))
        return Response(status=NO_CONTENT)


class Preview(ApiView):
    """`GET /jobs/{id}/preview`: the newest preview."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: tuple(map(File, PREVIEW_TYPES))}}

    def get(self, request: Request, job_id: UUID) -> HttpResponse:
        preview = get_preview(get_bare_job(caller_of(request), job_id))
        return HttpResponse(preview.content, content_type=preview.mime)


class CancelJob(ApiView):
    """`POST /jobs/{id}/cancel`: says what it achieved. Repeating it gives the same answer."""

    scopes = {"POST": Scope.JOBS_WRITE}
    answers = {"POST": {200: CancelledAnswer}}
    refusals = {"POST": ("too_late",)}

    def post(self, request: Request, job_id: UUID) -> Response:
        job = get_bare_job(caller_of(request), job_id)
        achieved = cancel_job(job=job)
        if achieved == CancelAnswer.TOO_LATE:
            raise Refused("too_late", "Too late: the job had already ended.", facts={"status": job.status})
        job.refresh_from_db(fields=["status"])
        return Response(CancelledAnswer({"job_id": job.id, "status": job.status, "result": achieved}).data)


class RetryJob(ApiView):
    """`POST /jobs/{id}/retry`: a new job with the same settings and the same seed."""

    scopes = {"POST": Scope.JOBS_WRITE}
    answers = {"POST": {202: AcceptedJobAnswer, 200: JobAnswer}}
    refusals = {"POST": REPEAT_REFUSALS}
    repeatable = ("POST",)
    takes_headers = {"POST": ("Prefer",)}

    def post(self, request: Request, job_id: UUID) -> HttpResponse:
        return _repeat(request, job_id, retry_job)


class VaryJob(ApiView):
    """`POST /jobs/{id}/vary`: a new job with another seed, which the body may choose."""

    scopes = {"POST": Scope.JOBS_WRITE}
    answers = {"POST": {202: AcceptedJobAnswer, 200: JobAnswer}}
    refusals = {"POST": REPEAT_REFUSALS}
    repeatable = ("POST",)
    takes_headers = {"POST": ("Prefer",)}
    body_fields = VaryBody

    def post(self, request: Request, job_id: UUID) -> HttpResponse:
        return _repeat(request, job_id, partial(vary_job, seed=self.body["seed"]), asked=request.data or None)


def _repeat(request: Request, job_id: UUID, act: Callable[..., Job], *, asked: object = None) -> HttpResponse:
    caller = principal_of(request)
    job = get_bare_job(caller.user, job_id)

    def repeat() -> Answer:
        return accept_job(request, act(job=job, api_key_id=caller.api_key_id))

    return wait_if_preferred(request, answer_once(request, caller.user.pk, asked, repeat))
