"""System checks: the shipped presets must be valid before anything runs."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from jobs.presets.check import check_preset
from jobs.presets.manifest import ManifestError
from jobs.presets.shipped import shipped_presets


@register()
def check_shipped_presets(**_: Any) -> list[CheckMessage]:
    """Reports jobs.E001 for an unreadable preset, jobs.E002 if its graph and manifest do not match."""
    try:
        presets = shipped_presets()
    except ManifestError as error:
        return [Error(str(error), id="jobs.E001")]
    return [
        Error(f"Preset {preset.manifest.slug}: {problem}", id="jobs.E002")
        for preset in presets
        for problem in check_preset(preset)
    ]
