"""Jobs that are not stored yet: what will be asked of a node, and the digest by which equal requests are found."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jobs.models import Job, PresetVersion, Upload

LARGEST_SEED = 2**53 - 1


def draft_job(
    *,
    owner_id: UUID,
    version: PresetVersion,
    price: int,
    upload: Upload | None,
    name: str,
    values: Mapping[str, Any],
    seed: int,
    output_format: str,
    rerun_of: Job | None = None,
) -> Job:
    """A job as `enqueue` takes it: everything that its owner decided, nothing of batch, rank and state."""
    parameters = dict(values)
    return Job(
        owner_id=owner_id,
        preset_version=version,
        upload=upload,
        rerun_of=rerun_of,
        name=name,
        parameters=parameters,
        seed=seed,
        output_format=output_format,
        price=price,
        need=version.digest,
        fingerprint=fingerprint_of(version, upload, parameters, seed, output_format),
    )


def fingerprint_of(
    version: PresetVersion, upload: Upload | None, values: Mapping[str, Any], seed: int, output_format: str
) -> str:
    """SHA-256 (hex) of all that decides the picture. Photos count by their content, not by their name."""
    photo = upload.sha256 if upload else ""
    asked = [version.digest, photo, dict(values), seed, str(output_format)]
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_seed(seed: int | None) -> dict[str, str]:
    """Words for the field `seed`, or nothing if it can be used."""
    if seed is None or 0 <= seed <= LARGEST_SEED:
        return {}
    return {"seed": f"Choose a whole number from 0 to {LARGEST_SEED}."}


def draw_seed() -> int:
    """A seed that every preset and every JSON reader takes."""
    return secrets.randbelow(LARGEST_SEED + 1)


def seeds_from(first: int | None, count: int) -> list[int]:
    """`count` different seeds: from a given one upwards (after the largest comes 0), else drawn."""
    if first is not None:
        return [(first + step) % (LARGEST_SEED + 1) for step in range(count)]
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(draw_seed())
    return list(drawn)
