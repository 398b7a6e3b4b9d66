from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.callers import caller_of, principal_of
from accounts.enums import Scope
from billing.plans import PlanLimits
from creator.api.views import ApiView
from creator.platform.api import answer_once, find_repeat
from creator.platform.idempotency import Answer
from jobs.access import get_upload
from jobs.api.pagination import next_page, page_of
from jobs.api.polled import answer_with
from jobs.api.schemas.batches import AcceptedBatchAnswer, BatchAnswer
from jobs.api.schemas.jobs import AcceptedJobAnswer, JobAnswer, JobBody, JobListAnswer, JobsQuery
from jobs.api.submitting import START_REFUSALS, accept_batch, accept_job, submit_body
from jobs.api.waiting import wait_if_preferred
from jobs.models import Upload
from jobs.queries import first_job_of, jobs_of, list_jobs, with_progress
from jobs.uploads.accept import accept_elsewhere
from jobs.uploads.storing import insert_photo


class Jobs(ApiView):
    """`GET /jobs`: a page of the caller's jobs, newest first. `POST /jobs`: one job, or a batch with `variations`."""

    scopes = {"GET": Scope.JOBS_READ, "POST": Scope.JOBS_WRITE}
    query_fields = JobsQuery
    body_fields = JobBody
    answers = {
        "GET": {200: JobListAnswer, 304: None},
        "POST": {202: (AcceptedJobAnswer, AcceptedBatchAnswer), 200: (JobAnswer, BatchAnswer)},
    }
    refusals = {"POST": (*START_REFUSALS, "image_too_large", "unsupported_image")}
    repeatable = ("POST",)
    takes_headers = {"POST": ("Prefer",)}

    def get(self, request: Request) -> HttpResponse:
        asked = self.query
        found = list_jobs(
            caller_of(request),
            statuses=asked["status"],
            preset=asked["preset"],
            batch=asked["batch"],
            after=asked["created_after"],
            before=asked["created_before"],
        )
        jobs, cursor = page_of(with_progress(found), cursor=asked["cursor"], limit=asked["limit"])
        further = next_page(request, cursor)
        return answer_with(
            request, jobs, lambda whole: JobListAnswer({"jobs": whole, "next": further}), beside=further
        )

    def post(self, request: Request) -> HttpResponse:
        if self.body["drive_file"]:
            return wait_if_preferred(request, self._with_drive_file(request, self.body["drive_file"]))
        caller = principal_of(request)

        def submit() -> Answer:
            asked = self.body["upload_id"]
            photos = [get_upload(caller.user, asked)] if asked else []
            return self._submit(request, photos, "upload_id")

        return wait_if_preferred(request, answer_once(request, caller.user.pk, request.data, submit))

    def _with_drive_file(self, request: Request, file_id: int) -> HttpResponse:
        """The photo comes here before the transaction of the job, which then inserts it too."""
        caller = principal_of(request)
        caller.require(Scope.DRIVE_READ)

        def insert(row: Upload, limits: PlanLimits) -> HttpResponse:
            @transaction.atomic
            def submit() -> Answer:
                return self._submit(request, [insert_photo(row, limits)], "drive_file")

            return answer_once(request, caller.user.pk, request.data, submit)

        repeat = find_repeat(request, caller.user.pk, request.data)
        return repeat or accept_elsewhere(owner=caller.user, file_id=file_id, insert=insert)

    def _submit(self, request: Request, photos: Sequence[Upload], photos_field: str) -> Answer:
        batch = submit_body(principal_of(request), self.body, photos, photos_field=photos_field)
        if self.body["variations"] is None:
            return accept_job(request, first_job_of(batch))
        return accept_batch(request, batch, list(jobs_of(batch)))
