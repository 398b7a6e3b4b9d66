from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import User
from billing.plans import limits_of
from creator.lib.errors import Refused
from jobs.catalogue import OfferedPreset
from jobs.enums import ResultFormat
from jobs.lifecycle.drafts import check_seed, draft_job, seeds_from
from jobs.lifecycle.enqueue import enqueue
from jobs.models import Batch, Job, Upload
from jobs.presets.render import InvalidParameters, check_values

MOST_VARIATIONS = 8


def submit_batch(
    *,
    owner: User,
    offered: OfferedPreset,
    uploads: Sequence[Upload],
    values: Mapping[str, object],
    seed: int | None,
    output_format: str,
    key: UUID,
    variations: int = 1,
    reuse: bool = False,
) -> Batch:
    """`variations` jobs per photo (or that many without a photo), all in one transaction; the same `key` again is the same batch.

    With a seed the variations have seed, seed + 1, …, the same ones for each photo; without one every job draws its own.
    With `reuse`, which needs a seed, a request that the owner has made before and whose picture is there or on its way
    is answered with that job, free of charge; `jobs_of(batch)` has both kinds.

    Raises Refused: `invalid_parameters` with words per field, `preset_unavailable`, `not_found` for a foreign photo,
    `queue_full`, `insufficient_credits`.
    """
    if existing := Batch.objects.filter(owner=owner, key=key).first():
        return existing
    checked = check_batch(
        owner=owner,
        offered=offered,
        uploads=uploads,
        values=values,
        seed=seed,
        output_format=output_format,
        variations=variations,
        reuse=reuse,
    )
    photos: list[Upload | None] = [*uploads] or [None]
    drafts = [
        _draft(owner, offered, photo, checked, each, output_format)
        for photo in photos
        for each in seeds_from(seed, variations)
    ]
    return enqueue(owner=owner, key=key, drafts=drafts, reuse=reuse)


def check_batch(
    *,
    owner: User,
    offered: OfferedPreset,
    uploads: Sequence[Upload],
    values: Mapping[str, object],
    seed: int | None,
    output_format: str,
    variations: int = 1,
    reuse: bool = False,
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
    errors.update(_check_seed(seed, reuse))
    if output_format not in ResultFormat.values:
        errors["output_format"] = "Choose png, jpeg or webp."
    if not 1 <= variations <= MOST_VARIATIONS:
        errors["variations"] = f"Choose from 1 to {MOST_VARIATIONS} variations."
    errors.update(_check_photos(offered, uploads, _most_photos(owner)))
    if errors:
        raise Refused("invalid_parameters", "Some settings need another look.", errors)
    return checked


def _without_seed(offered: OfferedPreset, values: Mapping[str, Any]) -> dict[str, Any]:
    """The seed belongs to the job, not to the parameters."""
    kinds = {parameter.name: parameter.kind for parameter in offered.manifest.parameters}
    return {name: value for name, value in values.items() if kinds[name] != "seed"}


def _check_seed(seed: int | None, reuse: bool) -> dict[str, str]:
    if seed is None and reuse:
        return {"seed": "Give the seed of the picture to reuse: without one every picture is new."}
    return check_seed(seed)


def _check_photos(offered: OfferedPreset, uploads: Sequence[Upload], most: int) -> dict[str, str]:
    if offered.manifest.needs_photo and not uploads:
        return {"photos": "Add at least one photo."}
    if not offered.manifest.needs_photo and uploads:
        return {"photos": "This preset makes a picture from words and takes no photo."}
    if len(uploads) > most:
        return {"photos": f"Send at most {most} photos at a time."}
    longest = offered.manifest.max_aspect_ratio
    if too_long := [u.name for u in uploads if max(u.width, u.height) > longest * min(u.width, u.height)]:
        return {"photos": f"“{too_long[0]}” is more than {longest:g} times as long as wide. Crop it first."}
    return {}


def _most_photos(owner: User) -> int:
    return min(settings.CONFIG.max_batch_files, limits_of(owner.id).batch_files)


def _draft(
    owner: User,
    offered: OfferedPreset,
    upload: Upload | None,
    values: Mapping[str, Any],
    seed: int,
    output_format: str,
) -> Job:
    return draft_job(
        owner_id=owner.id,
        version=offered.version,
        price=offered.preset.price,
        upload=upload,
        name=upload.name if upload else offered.manifest.slug,
        values=values,
        seed=seed,
        output_format=output_format,
    )
