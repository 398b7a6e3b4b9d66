"""What `POST /jobs` and `POST /batches` share: turning a body into a batch, and the 202 answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request

from accounts.principals import Principal
from creator.lib.errors import Refused
from creator.platform.api import ACCEPTED, json_answer
from creator.platform.idempotency import Answer
from jobs.api.schemas.batches import AcceptedBatchAnswer, accepted_batch
from jobs.api.schemas.jobs import AcceptedJobAnswer, accepted_job
from jobs.catalogue import choose_preset
from jobs.lifecycle import JobRequest, submit_batch
from jobs.models import Batch, Job, Upload

START_REFUSALS = (
    "not_found",
    "insufficient_credits",
    "payment_due",
    "spend_cap",
    "preset_unavailable",
    "gone",
    "queue_full",
    "quota_exceeded",
)
"""What may keep a job from being accepted."""


def submit_body(
    caller: Principal, body: dict[str, Any], photos: Sequence[Upload], *, photos_field: str
) -> Batch:
    """Submit the request of a checked body. Refusals name the photos by the body's own field."""
    try:
        request = JobRequest(
            owner=caller.user,
            preset=choose_preset(body["preset"]),
            photos=photos,
            parameters=body["parameters"],
            seed=body["seed"],
            output_format=body["output_format"],
            variations=body["variations"] or 1,
            reuse=body["reuse"],
            api_key_id=caller.api_key_id,
        )
        return submit_batch(request, key=uuid.uuid4())
    except Refused as refused:
        own_names = {"photos": photos_field}
        refused.problems = {own_names.get(name, name): problem for name, problem in refused.problems.items()}
        raise


def accept_job(request: Request, job: Job) -> Answer:
    """202 with the addresses of the job."""
    return _accept(AcceptedJobAnswer(accepted_job(request, job)).data)


def accept_batch(request: Request, batch: Batch, jobs: Sequence[Job]) -> Answer:
    """202 with the addresses of the batch and its jobs."""
    return _accept(AcceptedBatchAnswer(accepted_batch(request, batch, jobs)).data)


def _accept(body: dict[str, Any]) -> Answer:
    return json_answer(ACCEPTED, body, {"Location": body["status_url"]})
