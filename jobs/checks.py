"""System checks: what is shipped must be sound before anything runs."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from jobs.presets.check import check_preset
from jobs.presets.manifest import ManifestError
from jobs.presets.shipped import shipped_presets


@register()
def check_shipped_presets(**_: Any) -> list[CheckMessage]:
    """jobs.E001: a shipped preset cannot be read. jobs.E002: its graph and its manifest do not fit."""
    try:
        presets = shipped_presets()
    except ManifestError as error:
        return [Error(str(error), id="jobs.E001")]
    return [
        Error(f"Preset {preset.manifest.slug}: {problem}", id="jobs.E002")
        for preset in presets
        for problem in check_preset(preset)
    ]
