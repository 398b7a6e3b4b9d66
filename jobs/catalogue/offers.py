from __future__ import annotations

from dataclasses import dataclass

from creator.lib.errors import Refused
from jobs.catalogue.serving import lacking
from jobs.enums import NodeState
from jobs.models import Node, Preset, PresetVersion
from jobs.presets.manifest import Manifest

NOBODY = "No node can run this yet."


@dataclass(frozen=True)
class OfferedPreset:
    """A preset as people choose it. `available`: at least one active node can run it; `why` says why not."""

    preset: Preset
    version: PresetVersion
    manifest: Manifest
    available: bool

    @property
    def why(self) -> str:
        return "" if self.available else NOBODY


def offered_presets() -> list[OfferedPreset]:
    """Every enabled preset in its current version, in the catalogue's order. Two queries."""
    nodes = list(Node.objects.filter(state=NodeState.ACTIVE))
    presets = (
        Preset.objects.filter(enabled=True, current__isnull=False)
        .select_related("current")
        .defer("current__workflow")
    )
    return [_offer(preset, nodes) for preset in presets]


def get_offered(slug: str) -> OfferedPreset:
    """Raises Refused("not_found") for a preset that does not exist or is not offered."""
    preset = (
        Preset.objects.filter(slug=slug, enabled=True, current__isnull=False)
        .select_related("current")
        .first()
    )
    if preset is None:
        raise Refused("not_found", "There is no such preset.")
    return _offer(preset, list(Node.objects.filter(state=NodeState.ACTIVE)))


def _offer(preset: Preset, nodes: list[Node]) -> OfferedPreset:
    version = preset.current
    assert version is not None  # both callers ask for presets with a current version
    available = any(not lacking(version.manifest, node) for node in nodes)
    return OfferedPreset(preset, version, version.manifest, available)
