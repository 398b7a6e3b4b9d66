"""What makes jobs: photos in, jobs submitted, repeated and varied. And what they can be made of: presets."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_auth import caller
from accounts.models import User
from creator.api.views import ApiView
from creator.lib.errors import Refused
from jobs.access import get_bare_job, get_upload
from jobs.api.bodies import JobBody, read_fields
from jobs.api.idempotency import Made, answer_once
from jobs.api.shown import show_accepted, show_accepted_batch, show_preset, show_upload
from jobs.catalogue import OfferedPreset, get_offered, offered_presets
from jobs.lifecycle import jobs_of, retry_job, submit_batch, vary_job
from jobs.models import Batch, Job
from jobs.uploads.accept import accept_photo

OWN_NAMES = {"photos": "upload_id"}


class Presets(ApiView):
    """`GET /presets`: what is offered, with a schema of each preset's parameters."""

    def get(self, request: Request) -> Response:
        return Response({"presets": [show_preset(offered) for offered in offered_presets()]})


class Uploads(ApiView):
    """`POST /uploads`: one photo, in the field `file` of a multipart form."""

    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        files = request.FILES.getlist("file")
        if len(files) != 1 or len(request.data) != 1:
            raise Refused("malformed_request", "Send one photo in the field “file”, and nothing else.")
        return Response(show_upload(accept_photo(owner=caller(request), file=files[0])), status=201)


def post_job(request: Request) -> Response:
    """`POST /jobs`: one job, or with `variations` a batch of them. 202 before anything is made."""
    body = read_fields(JobBody, request.data)
    owner = caller(request)

    def make() -> Made:
        batch = _submit(owner, body)
        jobs = list(jobs_of(batch))
        if body["variations"] is None:
            return Made(show_accepted(request, jobs[0]), jobs[0].id)
        return Made(show_accepted_batch(request, batch, jobs))

    return answer_once(request, owner, request.data, make)


def _submit(owner: User, body: dict[str, Any]) -> Batch:
    photo = get_upload(owner, body["upload_id"]) if body["upload_id"] else None
    try:
        return submit_batch(
            owner=owner,
            offered=_offered(body["preset"]),
            uploads=[photo] if photo else [],
            values=body["parameters"],
            seed=body["seed"],
            output_format=body["output_format"],
            key=uuid.uuid4(),
            variations=body["variations"] or 1,
            reuse=body["reuse"],
        )
    except Refused as refused:
        details = {OWN_NAMES.get(name, name): words for name, words in refused.details.items()}
        raise Refused(refused.code, refused.message, details) from refused


def _offered(slug: str) -> OfferedPreset:
    try:
        offered = get_offered(slug)
    except Refused as refused:
        words = "There is no such preset on offer."
        raise Refused("preset_unavailable", words, {"preset": words}) from refused
    offered.require_takers()
    return offered


class RetryJob(ApiView):
    """`POST /jobs/{id}/retry`: a new job with everything as it was, the seed too."""

    def post(self, request: Request, job_id: UUID) -> Response:
        return _repeat(request, job_id, retry_job)


class VaryJob(ApiView):
    """`POST /jobs/{id}/vary`: a new job with another seed."""

    def post(self, request: Request, job_id: UUID) -> Response:
        return _repeat(request, job_id, vary_job)


def _repeat(request: Request, job_id: UUID, act: Callable[..., Job]) -> Response:
    owner = caller(request)
    job = get_bare_job(owner, job_id)

    def make() -> Made:
        new = act(job=job)
        return Made(show_accepted(request, new), new.id)

    return answer_once(request, owner, None, make)
