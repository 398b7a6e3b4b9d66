"""System checks: the shipped presets are valid, and the kernel can confine decoders."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Info, register

from jobs.decoders.confinement import open_doors
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


@register()
def check_confinement(**_: Any) -> list[CheckMessage]:
    """Reports jobs.I001 for each thing that a file which takes a decoder over could do on this kernel."""
    told = "If a photo takes its decoder over, it can {} on this machine."
    hint = "Use Linux 5.13 or newer with Landlock, on x86-64 or AArch64."
    return [Info(told.format(door), hint=hint, id="jobs.I001") for door in open_doors()]
