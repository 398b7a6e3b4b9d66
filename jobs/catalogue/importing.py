from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models import Max

from jobs.models import Preset, PresetVersion
from jobs.presets.shipped import ShippedPreset, shipped_presets

log = structlog.get_logger(__name__)


def import_shipped() -> list[PresetVersion]:
    """Imports every shipped preset. Returns the versions that are new."""
    return [version for preset in shipped_presets() if (version := import_preset(preset))]


def import_preset(shipped: ShippedPreset) -> PresetVersion | None:
    """Makes this version the current one of its preset. Returns the version if it is new, else None.

    A new preset starts at the manifest's price; an existing one keeps its price.
    """
    manifest = shipped.manifest
    with transaction.atomic():
        preset, _ = Preset.objects.get_or_create(
            slug=manifest.slug, defaults={"price": manifest.credits, "position": manifest.position}
        )
        version = PresetVersion.objects.filter(digest=shipped.digest).first()
        made = None
        if version is None:
            version = made = _new_version(preset, shipped)
        elif version.manifest_json != manifest.to_json():
            # Texts and weights are not part of the digest, so updating them changes no picture.
            PresetVersion.objects.filter(pk=version.pk).update(manifest_json=manifest.to_json())
        if preset.current_id != version.id or preset.position != manifest.position:
            Preset.objects.filter(pk=preset.pk).update(current=version, position=manifest.position)
    if made:
        log.info("preset_imported", preset=manifest.slug, version=made.number)
    return made


def _new_version(preset: Preset, shipped: ShippedPreset) -> PresetVersion:
    last = preset.versions.aggregate(last=Max("number"))["last"] or 0
    return PresetVersion.objects.create(
        preset=preset,
        number=last + 1,
        digest=shipped.digest,
        manifest_json=shipped.manifest.to_json(),
        workflow=shipped.workflow,
    )
