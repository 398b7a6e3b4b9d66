"""The job request that pages, API, commands and the watched folder all submit, and its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import User
from billing.plans import limits_of, way_to_more
from creator.lib.errors import Refused
from creator.lib.formatting import count
from jobs.catalogue import OfferedPreset
from jobs.enums import ResultFormat
from jobs.lifecycle.seeds import check_seed, why_always_equal
from jobs.models import Upload
from jobs.presets.params import IntegerParameter
from jobs.presets.render import InvalidParameters, check_values
from jobs.presets.sizes import result_size
from jobs.uploads.dimensions import count_pixels

MOST_VARIATIONS = 8
ANOTHER_LOOK = "Some settings need another look."


@dataclass(frozen=True)
class JobRequest:
    """A request for `variations` pictures of each photo, or for that many pictures without a photo.

    `parameters` are unchecked. With `seed`, the variations of each photo use seed, seed + 1, …; without it
    every job draws its own. Both are taken only where a seed changes the picture. `reuse` needs a seed if
    one changes the picture: if the owner has asked for the same picture before, and that job is open or its
    files are still stored, the request is answered with that job, free of charge. `api_key_id`: of the key
    that asks, whose cap the jobs count for.
    """

    owner: User
    preset: OfferedPreset
    photos: Sequence[Upload] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    output_format: str = ResultFormat.PNG
    variations: int = 1
    reuse: bool = False
    api_key_id: UUID | None = None


@dataclass(frozen=True)
class CheckedRequest:
    """What a job stores: the typed parameters, and apart from them the seed (None: each job draws its own)."""

    parameters: dict[str, Any]
    seed: int | None


def check_request(request: JobRequest) -> CheckedRequest:
    """Returns the parameters and the seed, which may be given as a parameter too.

    Raises Refused: `preset_unavailable`, `not_found` for another person's photo, or `invalid_parameters` with
    one sentence per wrong field.
    """
    preset = request.preset
    preset.require_startable()
    if any(photo.owner_id != request.owner.id for photo in request.photos):
        raise Refused("not_found", "There is no such photo.")
    errors: dict[str, str] = {}
    parameters: dict[str, Any] = {}
    try:
        parameters = check_values(preset.manifest, request.parameters)
    except InvalidParameters as invalid:
        errors.update(invalid.errors)
    seed = _take_seed(request, parameters, errors)
    if request.output_format not in ResultFormat.values:
        errors["output_format"] = "Choose png, jpeg or webp."
    if not 1 <= request.variations <= MOST_VARIATIONS:
        errors["variations"] = f"Choose from 1 to {MOST_VARIATIONS} variations."
    elif request.variations > 1 and (equal := why_always_equal(preset.manifest, parameters)):
        errors["variations"] = f"{equal} Choose 1 variation."
    errors.update(_check_photos(request) or _check_sizes(request, parameters))
    if errors:
        raise Refused("invalid_parameters", ANOTHER_LOOK, errors)
    return CheckedRequest(parameters, seed)


def _take_seed(request: JobRequest, parameters: dict[str, Any], errors: dict[str, str]) -> int | None:
    """Takes the seed out of the parameters and adds what is wrong with it to `errors`."""
    manifest, seed = request.preset.manifest, request.seed
    own = parameters.pop(manifest.seed.name, None) if manifest.seed else None
    if manifest.seed is None and seed is not None:
        errors["seed"] = f"{why_always_equal(manifest, parameters)} Leave the seed out."
    elif None not in (seed, own) and seed != own:
        errors["seed"] = "Give the seed once: as `seed` or among the parameters."
    elif seed is own is None and request.reuse and manifest.seed_changes(parameters):
        errors["seed"] = "To reuse a picture, give its seed. Without a seed every picture is new."
    else:
        errors.update(check_seed(seed))
    return own if seed is None else seed


def _check_photos(request: JobRequest) -> dict[str, str]:
    manifest, photos = request.preset.manifest, request.photos
    if manifest.needs_photo and not photos:
        return {"photos": "Add at least one photo."}
    if not manifest.needs_photo and photos:
        return {"photos": "This preset makes a picture from text and takes no photo."}
    limits = limits_of(request.owner.id)
    if len(photos) > limits.batch_files:
        at_most = f"Send at most {count(limits.batch_files, 'photo')} at a time: the {limits.title} plan takes no more."
        way, _ = way_to_more("batch_files", limits)
        return {"photos": f"{at_most} {way}"}
    longest = manifest.max_aspect_ratio
    if too_long := [each.name for each in photos if _is_longer_than(each, longest)]:
        return {
            "photos": f"“{too_long[0]}” is more than {longest:g} times as long as it is wide. Crop it first."
        }
    return {}


def _check_sizes(request: JobRequest, parameters: dict[str, Any]) -> dict[str, str]:
    """Refuses results that are enlarged beyond the largest photo that the plan takes."""
    manifest, limits = request.preset.manifest, limits_of(request.owner.id)
    name = next((p.name for p in manifest.settings if isinstance(p, IntegerParameter) and p.photo_cap), None)
    if name is None or name not in parameters:
        return {}
    most = count_pixels(limits.megapixels)
    for photo in request.photos:
        size = result_size(manifest, (photo.width, photo.height), parameters)
        if size and max(size) > max(photo.width, photo.height) and size.pixels > most:
            made = f"The picture of “{photo.name}” would have {size.pixels / 1e6:,.0f} megapixels"
            way, _ = way_to_more("megapixels", limits)
            return {name: f"{made}; the {limits.title} plan makes at most {limits.megapixels}. {way}"}
    return {}


def _is_longer_than(photo: Upload, ratio: float) -> bool:
    return max(photo.width, photo.height) > ratio * min(photo.width, photo.height)
