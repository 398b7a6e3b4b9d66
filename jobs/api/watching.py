"""What shows and stops jobs: lists, one job, batches, cancelling."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_auth import caller
from creator.api.views import ApiView, address_of
from creator.lib.errors import Refused
from jobs.access import get_bare_job, get_batch, get_job
from jobs.api.bodies import JobsQuery, read_fields
from jobs.api.making import post_job
from jobs.api.pages import page_of
from jobs.api.shown import show_batch, show_job, show_jobs
from jobs.lifecycle import CancelAnswer, cancel_batch, cancel_job, jobs_of
from jobs.models import Job
from jobs.queries import list_jobs, with_pictures
from jobs.streaming.previews import latest_preview


class Jobs(ApiView):
    """`GET /jobs`: the caller's jobs, newest first, a page at a time. `POST /jobs`: a new one."""

    def get(self, request: Request) -> Response:
        asked = read_fields(JobsQuery, request.query_params.dict())
        found = list_jobs(caller(request), status=asked.get("status", ""), preset=asked.get("preset", ""))
        if "batch" in asked:
            found = found.filter(batch_id=asked["batch"])
        jobs, cursor = page_of(_with_nodes(found), cursor=asked["cursor"], limit=asked["limit"])
        return Response({"jobs": show_jobs(request, jobs), "next": _next(request, cursor)})

    def post(self, request: Request) -> Response:
        return post_job(request)


def _with_nodes(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.prefetch_related("attempts__node")


def _next(request: Request, cursor: str) -> str | None:
    """Address of the next page with the same filters."""
    if not cursor:
        return None
    query: dict[str, Any] = {**request.query_params.dict(), "cursor": cursor}
    return address_of(request, f"{reverse('api_jobs')}?{urlencode(query)}")


class OneJob(ApiView):
    """`GET /jobs/{id}`: everything about one job."""

    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(show_job(request, get_job(caller(request), job_id)))


class Preview(ApiView):
    """`GET /jobs/{id}/preview`: the latest picture of work in progress."""

    def get(self, request: Request, job_id: UUID) -> HttpResponse:
        job = get_bare_job(caller(request), job_id)
        preview = None if job.is_final else latest_preview(job_id)
        if preview is None:
            raise Refused("not_found", "There is no preview.")
        return HttpResponse(preview.content, content_type=preview.mime)


class CancelJob(ApiView):
    """`POST /jobs/{id}/cancel`: says what it achieved; the same answer however often it is asked."""

    def post(self, request: Request, job_id: UUID) -> Response:
        job = get_bare_job(caller(request), job_id)
        achieved = cancel_job(job=job)
        if achieved == CancelAnswer.TOO_LATE:
            raise Refused("too_late", "Too late: the job had already ended.", {"status": job.status})
        job.refresh_from_db(fields=["status"])
        return Response({"job_id": job.id, "status": job.status, "result": achieved})


class OneBatch(ApiView):
    """`GET /batches/{id}`: the jobs of one request, and how far they are."""

    def get(self, request: Request, batch_id: UUID) -> Response:
        batch = get_batch(caller(request), batch_id)
        return Response(show_batch(request, batch, list(_with_nodes(with_pictures(jobs_of(batch))))))


class CancelBatch(ApiView):
    """`POST /batches/{id}/cancel`: says of how many jobs it achieved what."""

    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = get_batch(caller(request), batch_id)
        achieved = cancel_batch(batch=batch)
        return Response(
            {"batch_id": batch.id, "results": {answer: achieved.get(answer, 0) for answer in CancelAnswer}}
        )
