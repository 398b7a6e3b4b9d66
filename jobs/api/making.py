"""What makes jobs: photos in, jobs submitted, repeated and varied. And what they can be made of: presets."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import partial
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
from jobs.api.bodies import BatchBody, JobBody, VaryBody, read_fields
from jobs.api.idempotency import Made, answer_once
from jobs.api.shown import show_accepted, show_accepted_batch, show_preset, show_upload
from jobs.catalogue import OfferedPreset, get_offered, offered_presets
from jobs.lifecycle import jobs_of, retry_job, submit_batch, vary_job
from jobs.models import Batch, Job, Upload
from jobs.queries import uploads_of
from jobs.uploads.accept import accept_photo


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
        photos = [get_upload(owner, body["upload_id"])] if body["upload_id"] else []
        batch = _submit(owner, body, photos, field="upload_id")
        jobs = list(jobs_of(batch))
        if body["variations"] is None:
            return Made(show_accepted(request, jobs[0]), jobs[0].id)
        return Made(show_accepted_batch(request, batch, jobs))

    return answer_once(request, owner, request.data, make)


class Batches(ApiView):
    """`POST /batches`: the same of many photos, all taken or none."""

    def post(self, request: Request) -> Response:
        body = read_fields(BatchBody, request.data)
        owner = caller(request)

        def make() -> Made:
            batch = _submit(owner, body, _photos(owner, body["upload_ids"]), field="upload_ids")
            return Made(show_accepted_batch(request, batch, list(jobs_of(batch))))

        return answer_once(request, owner, request.data, make)


def _photos(owner: User, ids: Sequence[UUID]) -> list[Upload]:
    """Each once, in the order asked for."""
    found = uploads_of(owner, ids)
    if missing := set(ids) - {photo.id for photo in found}:
        details = {"upload_ids": f"There is no photo {', '.join(sorted(map(str, missing)))}."}
        raise Refused("not_found", "There is no such photo.", details)
    return found


def _submit(owner: User, body: dict[str, Any], photos: Sequence[Upload], *, field: str) -> Batch:
    """`field` is what the body calls its photos."""
    try:
        return submit_batch(
            owner=owner,
            offered=_offered(body["preset"]),
            uploads=photos,
            values=body["parameters"],
            seed=body["seed"],
            output_format=body["output_format"],
            key=uuid.uuid4(),
            variations=body["variations"] or 1,
            reuse=body["reuse"],
        )
    except Refused as refused:
        own_names = {"photos": field}
        details = {own_names.get(name, name): words for name, words in refused.details.items()}
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
    """`POST /jobs/{id}/vary`: a new job with another seed, which the body may name."""

    def post(self, request: Request, job_id: UUID) -> Response:
        seed = read_fields(VaryBody, request.data)["seed"]
        return _repeat(request, job_id, partial(vary_job, seed=seed), asked=request.data or None)


def _repeat(request: Request, job_id: UUID, act: Callable[..., Job], *, asked: object = None) -> Response:
    owner = caller(request)
    job = get_bare_job(owner, job_id)

    def make() -> Made:
        new = act(job=job)
        return Made(show_accepted(request, new), new.id)

    return answer_once(request, owner, asked, make)
