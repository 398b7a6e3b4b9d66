from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of, principal_of
from accounts.enums import Scope
from accounts.models import User
from creator.api.description import File
from creator.api.views import ApiView
from creator.http.streamed_files import download
from creator.lib.errors import Refused
from creator.platform.api import answer_once
from creator.platform.idempotency import Answer
from jobs.access import get_batch
from jobs.api.polled import answer_with
from jobs.api.schemas.batches import (
    AcceptedBatchAnswer,
    BatchAnswer,
    BatchBody,
    CancelledBatchAnswer,
    whole_batch,
)
from jobs.api.submitting import START_REFUSALS, accept_batch, submit_body
from jobs.api.waiting import wait_if_preferred
from jobs.archive import zip_batch, zip_name
from jobs.lifecycle import CancelAnswer, cancel_batch
from jobs.models import Upload
from jobs.queries import jobs_of, uploads_of, with_progress


class Batches(ApiView):
    """`POST /batches`: jobs for many photos. All are accepted, or none."""

    scopes = {"POST": Scope.JOBS_WRITE}
    body_fields = BatchBody
    answers = {"POST": {202: AcceptedBatchAnswer, 200: BatchAnswer}}
    refusals = {"POST": START_REFUSALS}
    repeatable = ("POST",)
    takes_headers = {"POST": ("Prefer",)}

    def post(self, request: Request) -> HttpResponse:
        caller = principal_of(request)

        def submit() -> Answer:
            photos = _photos(caller.user, self.body["upload_ids"])
            batch = submit_body(caller, self.body, photos, photos_field="upload_ids")
            return accept_batch(request, batch, list(jobs_of(batch)))

        return wait_if_preferred(request, answer_once(request, caller.user.pk, request.data, submit))


class OneBatch(ApiView):
    """`GET /batches/{id}`: the jobs of one request and their progress."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: BatchAnswer, 304: None}}

    def get(self, request: Request, batch_id: UUID) -> HttpResponse:
        batch = get_batch(caller_of(request), batch_id)
        jobs = list(with_progress(jobs_of(batch)))
        return answer_with(
            request, jobs, lambda whole: BatchAnswer(whole_batch(batch, whole)), beside=batch.id
        )


class CancelBatch(ApiView):
    """`POST /batches/{id}/cancel`: cancels every open job and counts the jobs by result."""

    scopes = {"POST": Scope.JOBS_WRITE}
    answers = {"POST": {200: CancelledBatchAnswer}}

    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = get_batch(caller_of(request), batch_id)
        achieved = cancel_batch(batch=batch)
        always = [CancelAnswer.NEVER_STARTED, CancelAnswer.STOPPING, CancelAnswer.TOO_LATE]
        results = dict.fromkeys(always, 0) | achieved
        return Response(CancelledBatchAnswer({"batch_id": batch.id, "results": results}).data)


class BatchZip(ApiView):
    """`GET /batches/{id}/zip`: the pictures that are finished, in one file."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: File("application/zip")}}
    refusals = {"GET": ("gone",)}

    def get(self, request: Request, batch_id: UUID) -> HttpResponseBase:
        batch = get_batch(caller_of(request), batch_id)
        return download(
            zip_batch(batch), method=request.method, name=zip_name(batch), content_type="application/zip"
        )


def _photos(owner: User, ids: Sequence[UUID]) -> list[Upload]:
    """Each photo once, in the order of the ids. Raises Refused("not_found") if a photo does not exist."""
    found = uploads_of(owner, ids)
    if missing := set(ids) - {photo.id for photo in found}:
        details = {"upload_ids": f"There is no photo {', '.join(sorted(map(str, missing)))}."}
        raise Refused("not_found", "There is no such photo.", details)
    return found
