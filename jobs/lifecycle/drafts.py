"""Builds jobs that are not stored yet, with the fingerprint by which equal requests are found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jobs.lifecycle.seeds import NO_SEED
from jobs.models import Job, PresetVersion, Upload


def draft_job(
    *,
    owner_id: UUID,
    version: PresetVersion,
    price: int,
    upload: Upload | None,
    name: str,
    parameters: Mapping[str, Any],
    seed: int,
    output_format: str,
    rerun_of: Job | None = None,
) -> Job:
    """An unsaved job with everything its owner decided. `enqueue` adds the batch and the rank."""
    values = dict(parameters)
    job = Job(
        owner_id=owner_id,
        preset_version=version,
        upload=upload,
        rerun_of=rerun_of,
        name=name,
        parameters=values,
        seed=seed,
        output_format=output_format,
        price=price,
        need=version.digest,
        fingerprint=fingerprint_of(version, upload, values, seed, output_format),
    )
    job.pixels = _pixels(job)
    return job


def _pixels(job: Job) -> int:
    """Pixels that go into a node and come out of it: what its time depends on."""
    photo = job.upload.width * job.upload.height if job.upload else 0
    return photo + (job.result_size.pixels if job.result_size else 0)


def fingerprint_of(
    version: PresetVersion,
    upload: Upload | None,
    parameters: Mapping[str, Any],
    seed: int,
    output_format: str,
) -> str:
    """SHA-256 (hex) of everything that determines the picture.

    A photo counts by its content, not by its name; a seed counts only where it changes the picture.
    """
    photo = upload.sha256 if upload else ""
    decisive_seed = seed if version.manifest.seed_changes(parameters) else NO_SEED
    decisive = [version.digest, photo, dict(parameters), decisive_seed, str(output_format)]
    canonical = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
