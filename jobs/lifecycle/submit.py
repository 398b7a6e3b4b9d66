from __future__ import annotations

from uuid import UUID

from jobs.lifecycle.drafts import draft_job
from jobs.lifecycle.enqueue import enqueue
from jobs.lifecycle.request import JobRequest, check_request
from jobs.lifecycle.seeds import seeds_for
from jobs.models import Batch, Upload


def submit_batch(request: JobRequest, *, key: UUID) -> Batch:
    """Checks a request, then queues its jobs in one transaction.

    A repeat with the same owner and `key` returns the same batch. `jobs.queries.jobs_of` returns its jobs,
    new and reused. Raises Refused as `check_request` and `enqueue` do.
    """
    if existing := Batch.objects.filter(owner=request.owner, key=key).first():
        return existing
    checked = check_request(request)
    preset = request.preset
    photos: list[Upload | None] = [*request.photos] or [None]
    drafts = [
        draft_job(
            owner_id=request.owner.id,
            version=preset.version,
            price=preset.preset.price,
            upload=photo,
            name=photo.name if photo else preset.manifest.slug,
            parameters=checked.parameters,
            seed=seed,
            output_format=request.output_format,
        )
        for photo in photos
        for seed in seeds_for(preset.manifest, first=checked.seed, count=request.variations)
    ]
    return enqueue(
        owner=request.owner, key=key, drafts=drafts, reuse=request.reuse, api_key_id=request.api_key_id
    )
