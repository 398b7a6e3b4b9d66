"""A final job once more: final stays final, so it is a new job that says which one it repeats."""

from __future__ import annotations

import uuid
from uuid import UUID

from creator.lib.errors import Refused
from jobs.lifecycle.drafts import check_seed, draft_job, draw_seed
from jobs.lifecycle.enqueue import enqueue
from jobs.models import Job, PresetVersion


def retry_job(*, job: Job, key: UUID | None = None) -> Job:
    """The same picture once more: same photo, preset version, parameters and seed, at today's price.

    The version stays the same even where a newer one is current, so that the same seed gives the same picture. The same
    `key` again is the same job. Raises Refused: `too_late` for a job that is not final, `gone` when its photo is no
    longer kept, `preset_unavailable`, and whatever `submit_batch` refuses.
    """
    return _repeat(job, job.seed, key)


def vary_job(*, job: Job, seed: int | None = None, key: UUID | None = None) -> Job:
    """As `retry_job`, with another seed: the given one, else a drawn one. Raises Refused `invalid_parameters` too."""
    if fault := check_seed(seed):
        raise Refused("invalid_parameters", "Some settings need another look.", fault)
    return _repeat(job, draw_seed() if seed is None else seed, key)


def _repeat(job: Job, seed: int, key: UUID | None) -> Job:
    if not job.is_final:
        raise Refused("too_late", "This job is not done yet. It can be repeated when it is.")
    version = PresetVersion.objects.select_related("preset").get(pk=job.preset_version_id)
    if not version.preset.enabled:
        raise Refused("preset_unavailable", f"{version.manifest.title} is not offered at present.")
    if version.manifest.needs_photo and job.upload is None:
        raise Refused("gone", "The photo of this job is no longer kept. Add it again to use it.")
    draft = draft_job(
        owner_id=job.owner_id,
        version=version,
        price=version.preset.price,
        upload=job.upload,
        name=job.name,
        values=job.parameters,
        seed=seed,
        output_format=job.output_format,
        rerun_of=job,
    )
    batch = enqueue(owner=job.owner, key=key or uuid.uuid4(), drafts=[draft])
    return batch.jobs.get()
