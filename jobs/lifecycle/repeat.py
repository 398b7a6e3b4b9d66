"""Retry and vary.

Each makes a new job that refers to the final job it repeats, because a final job never changes. A repeat that
must give a picture its owner has, or is waiting for, is answered with that picture's job: free of charge.
"""

from __future__ import annotations

import uuid
from uuid import UUID

from creator.lib.errors import Refused
from jobs.catalogue import offered_version
from jobs.lifecycle.drafts import draft_job
from jobs.lifecycle.enqueue import enqueue
from jobs.lifecycle.request import ANOTHER_LOOK
from jobs.lifecycle.seeds import check_seed, draw_seed, why_always_equal
from jobs.models import Job
from jobs.queries import first_job_of


def retry_job(*, job: Job, key: UUID | None = None, api_key_id: UUID | None = None) -> Job:
    """A new job for the same picture: same photo, preset version, parameters and seed, at today's price.

    If that picture is stored or on its way, its job is the answer, e.g. `job` itself if it is completed. Uses the
    old preset version even if a newer one is current, so that the same seed gives the same picture.
    A repeated call with the same `key` returns the same job. Raises Refused: `too_late` if the job is not
    final, `gone` if its photo was removed or what the `key` started was deleted, `preset_unavailable`, and as `enqueue` does.
    """
    return _repeat(job, job.seed, key, api_key_id)


def vary_job(
    *, job: Job, seed: int | None = None, key: UUID | None = None, api_key_id: UUID | None = None
) -> Job:
    """As `retry_job`, with another seed: the given one, or else a random one.

    Also raises Refused `invalid_parameters`, for a seed out of bounds and where no seed changes the picture.
    """
    if equal := why_always_equal(job.preset_version.manifest, job.parameters):
        refusal = f"{equal} Change a setting instead."
        raise Refused("invalid_parameters", refusal, {"seed": refusal})
    if fault := check_seed(seed):
        raise Refused("invalid_parameters", ANOTHER_LOOK, fault)
    return _repeat(job, draw_seed() if seed is None else seed, key, api_key_id)


def _repeat(job: Job, seed: int, key: UUID | None, api_key_id: UUID | None) -> Job:
    if not job.is_final:
        raise Refused("too_late", "This job is not done yet. You can repeat it when it is.")
    preset = offered_version(job.preset_version_id)
    preset.require_startable()
    if preset.manifest.needs_photo and job.upload is None:
        raise Refused("gone", "The photo of this job is no longer stored. Add it again to use it.")
    draft = draft_job(
        owner_id=job.owner_id,
        version=preset.version,
        price=preset.preset.price,
        upload=job.upload,
        name=job.name,
        parameters=job.parameters,
        seed=seed,
        output_format=job.output_format,
        rerun_of=job,
    )
    batch = enqueue(
        owner=job.owner, key=key or uuid.uuid4(), drafts=[draft], reuse=True, api_key_id=api_key_id
    )
    return first_job_of(batch)
