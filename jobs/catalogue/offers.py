from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from creator.lib.errors import Refused
from jobs.catalogue.serving import lacking
from jobs.enums import NodeState
from jobs.models import Node, Preset, PresetVersion
from jobs.presets.manifest import Manifest

NOBODY = "No node can run this yet."
LATER = "No node can run this now. Jobs wait for one."


@dataclass(frozen=True)
class OfferedPreset:
    """A preset as people choose it. `available`: an active node can run it. `takes_jobs`: else they wait, as a node that
    is away may run it; only where every node is known to lack something are they refused. `why` is for whoever asks.
    """

    preset: Preset
    version: PresetVersion
    manifest: Manifest
    available: bool
    takes_jobs: bool

    @property
    def why(self) -> str:
        if self.available:
            return ""
        return LATER if self.takes_jobs else NOBODY

    def require_takers(self) -> None:
        """Raises Refused("preset_unavailable") where a job would wait for nothing."""
        if not self.takes_jobs:
            words = f"{self.manifest.title} cannot be started: {self.why}"
            raise Refused("preset_unavailable", words, {"preset": self.why})


def offered_presets() -> list[OfferedPreset]:
    """Every enabled preset in its current version, in the catalogue's order. Two queries."""
    nodes = list(_registered())
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
    return _offer(preset, list(_registered()))


def _registered() -> QuerySet[Node]:
    """Those that are there or will be back: a node that is switched off is as good as removed."""
    return Node.objects.exclude(state=NodeState.OFF)


def _offer(preset: Preset, nodes: list[Node]) -> OfferedPreset:
    version = preset.current
    assert version is not None  # both callers ask for presets with a current version
    able = [node for node in nodes if not lacking(version.manifest, node)]
    available = any(node.state == NodeState.ACTIVE for node in able)
    unknown = not nodes or any(node.abilities_read_at is None for node in nodes)
    return OfferedPreset(preset, version, version.manifest, available, takes_jobs=bool(able) or unknown)
