from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of, principal_of
from accounts.enums import Scope
from creator.api.views import ApiView
from creator.lib.errors import Refused
from creator.platform.api import answer_once, json_answer
from creator.platform.idempotency import Answer
from jobs.api.pagination import page_of
from jobs.api_v2.labels import check_labels, labelled
from jobs.api_v2.refusals import ContractRefused
from jobs.api_v2.schemas.jobs import JobAnswer, JobBody, JobListAnswer, JobsQuery, job_line, new_job
from jobs.api_v2.submitting import submit_workflow
from jobs.queries import list_jobs, with_pictures

CREATED = 201


class Jobs(ApiView):
    """`GET /jobs`: a page of the caller's jobs, newest first. `POST /jobs`: the job that a preset's graph asks for."""

    scopes = {"GET": Scope.JOBS_READ, "POST": Scope.JOBS_WRITE}
    query_fields = JobsQuery
    body_fields = JobBody
    answers = {"GET": {200: JobListAnswer}, "POST": {CREATED: JobAnswer}}
    repeatable = ("POST",)

    def get(self, request: Request) -> Response:
        asked = self.query
        found = labelled(with_pictures(list_jobs(caller_of(request))), asked["labels"])
        found = found.prefetch_related("labels")
        try:
            jobs, cursor = page_of(found, cursor=asked["cursor"], limit=asked["limit"])
        except Refused as refused:
            raise ContractRefused("invalid_cursor", "This cursor is from no page of this list.") from refused
        page: dict[str, Any] = {"jobs": [job_line(job) for job in jobs]}
        return Response(JobListAnswer(page | ({"next_cursor": cursor} if cursor else {})).data)

    def post(self, request: Request) -> HttpResponse:
        caller = principal_of(request)
        labels = check_labels(self.body["metadata"])
        asked = {"workflow": self.body["workflow"], "metadata": labels}

        def submit() -> Answer:
            job = submit_workflow(caller, self.body["workflow"], labels)
            body = JobAnswer(new_job(job, labels)).data
            return json_answer(CREATED, body, {"Location": reverse("v2_job", args=[job.id])})

        return answer_once(request, caller.user.pk, asked, submit)
