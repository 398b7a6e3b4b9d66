from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from creator.lib.errors import Refused
from jobs.catalogue import OfferedPreset
from jobs.enums import JobStatus, ResultFormat
from jobs.lifecycle.bell import ring_after_commit
from jobs.lifecycle.transitions import wake_after_commit
from jobs.models import Batch, Job, JobEvent, JobProgress, Upload, UserQueue
from jobs.presets.render import InvalidParameters, check_values

log = structlog.get_logger(__name__)
LARGEST_SEED = 2**53 - 1


def submit_batch(
    *,
    owner: User,
    offered: OfferedPreset,
    uploads: Sequence[Upload],
    values: Mapping[str, object],
    seed: int | None,
    output_format: str,
    key: UUID,
) -> Batch:
    """One job per photo (or one without a photo), all in one transaction; the same `key` again is the same batch.

    Raises Refused: `invalid_parameters` with words per field, `preset_unavailable`, `not_found` for a foreign photo.
    """
    if existing := Batch.objects.filter(owner=owner, key=key).first():
        return existing
    checked = check_batch(
        owner=owner, offered=offered, uploads=uploads, values=values, seed=seed, output_format=output_format
    )
    with transaction.atomic():
        batch, made = Batch.objects.get_or_create(owner=owner, key=key)
        if made:
            photos: list[Upload | None] = [*uploads] or [None]
            jobs = [_new_job(batch, offered, photo, checked, seed, output_format) for photo in photos]
            _store(owner, jobs)
            ring_after_commit(len(jobs))
            log.info("jobs_queued", batch_id=str(batch.id), user_id=str(owner.id), jobs=len(jobs))
    return batch


def check_batch(
    *,
    owner: User,
    offered: OfferedPreset,
    uploads: Sequence[Upload],
    values: Mapping[str, object],
    seed: int | None,
    output_format: str,
) -> dict[str, Any]:
    """The parameters as they will be kept, or Refused as `submit_batch` raises it, with every fault there is."""
    errors: dict[str, str] = {}
    if not offered.preset.enabled:
        raise Refused("preset_unavailable", f"{offered.manifest.title} is not offered at present.")
    if any(upload.owner_id != owner.id for upload in uploads):
        raise Refused("not_found", "There is no such photo.")
    try:
        checked = _without_seed(offered, check_values(offered.manifest, values))
    except InvalidParameters as invalid:
        checked = {}
        errors.update(invalid.errors)
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        errors["seed"] = f"Choose a whole number from 0 to {LARGEST_SEED}."
    if output_format not in ResultFormat.values:
        errors["output_format"] = "Choose png, jpeg or webp."
    errors.update(_check_photos(offered, uploads))
    if errors:
        raise Refused("invalid_parameters", "Some settings need another look.", errors)
    return checked


def _without_seed(offered: OfferedPreset, values: Mapping[str, Any]) -> dict[str, Any]:
    """The seed belongs to the job, not to the parameters."""
    kinds = {parameter.name: parameter.kind for parameter in offered.manifest.parameters}
    return {name: value for name, value in values.items() if kinds[name] != "seed"}


def _check_photos(offered: OfferedPreset, uploads: Sequence[Upload]) -> dict[str, str]:
    if offered.manifest.needs_photo and not uploads:
        return {"photos": "Add at least one photo."}
    if not offered.manifest.needs_photo and uploads:
        return {"photos": "This preset makes a picture from words and takes no photo."}
    if len(uploads) > settings.CONFIG.max_batch_files:
        return {"photos": f"Send at most {settings.CONFIG.max_batch_files} photos at a time."}
    longest = offered.manifest.max_aspect_ratio
    if too_long := [u.name for u in uploads if max(u.width, u.height) > longest * min(u.width, u.height)]:
        return {"photos": f"“{too_long[0]}” is more than {longest:g} times as long as wide. Crop it first."}
    return {}


def _new_job(
    batch: Batch,
    offered: OfferedPreset,
    upload: Upload | None,
    values: dict[str, Any],
    seed: int | None,
    output_format: str,
) -> Job:
    return Job(
        owner_id=batch.owner_id,
        batch=batch,
        preset_version=offered.version,
        upload=upload,
        name=upload.name if upload else offered.manifest.slug,
        parameters=values,
        seed=secrets.randbelow(LARGEST_SEED + 1) if seed is None else seed,
        output_format=output_format,
        price=offered.preset.price,
        need=offered.version.digest,
        rank_at=timezone.now(),
    )


def _store(owner: User, jobs: list[Job]) -> None:
    Job.objects.bulk_create(jobs)
    JobProgress.objects.bulk_create(JobProgress(job=job, sequence=1) for job in jobs)
    JobEvent.objects.bulk_create(JobEvent(job=job, sequence=1, status=JobStatus.QUEUED) for job in jobs)
    Upload.objects.filter(pk__in=[job.upload_id for job in jobs if job.upload_id]).update(expires_at=None)
    UserQueue.objects.get_or_create(owner=owner, defaults={"limit": settings.CONFIG.parallel_jobs})
    UserQueue.objects.filter(owner=owner).update(queued=F("queued") + len(jobs))
    for job in jobs:
        wake_after_commit(job.id, owner.id)
