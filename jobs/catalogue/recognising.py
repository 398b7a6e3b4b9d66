"""Finds the preset version whose graph somebody sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from django.db.models import Exists, OuterRef

from creator.lib.ttl_cache import TTLCache
from jobs.models import Preset, PresetVersion
from jobs.presets.graph import Graph
from jobs.presets.manifest import Manifest, ManifestError
from jobs.presets.recognition import AnotherGraph, Difference, Reading, likeness, read_graph

log = structlog.get_logger(__name__)
VERSIONS_KEPT_S = 1.0
_versions: TTLCache[None, tuple[tuple[int, str], ...]] = TTLCache(VERSIONS_KEPT_S)


@dataclass(frozen=True)
class Published:
    """A preset version with its graph, which nobody may change: it is shared."""

    version_id: int
    manifest: Manifest
    workflow: Graph


class NotAPreset(ValueError):
    """No preset has this graph. `closest` is the one that it resembles, if any, and `differences` are from that one."""

    def __init__(self, closest: Manifest | None, differences: tuple[Difference, ...]) -> None:
        super().__init__()
        self.closest = closest
        self.differences = differences


def recognise(sent: Mapping[str, Any]) -> tuple[Published, Reading]:
    """Returns the preset version of this graph and what it asks for. A current version comes before an older one.

    Of several presets with one graph, it is the one that the prefix of the result's file names, as `starting_graph`
    writes it. Raises NotAPreset.
    """
    found: list[tuple[Published, Reading]] = []
    closest: tuple[int, Manifest | None, tuple[Difference, ...]] = (0, None, ())
    for each in _published():
        try:
            found.append((each, read_graph(each.manifest, each.workflow, sent)))
        except AnotherGraph as another:
            alike = likeness(each.workflow, sent)
            if alike > closest[0]:
                closest = alike, each.manifest, another.differences
    if not found:
        raise NotAPreset(*closest[1:])
    return next((pair for pair in found if pair[1].prefix == pair[0].manifest.slug), found[0])


def graph_of(version: PresetVersion) -> Graph:
    """Returns the graph of a version, read once per process, also of one that was loaded without it."""
    return _read(version.pk, version.digest).workflow


def _published() -> Iterator[Published]:
    for version_id, digest in _versions.get(None, _list_versions):
        try:
            yield _read(version_id, digest)
        except ManifestError as error:  # written by a newer release
            log.error("preset_version_unreadable", digest=digest, reason=str(error))


def _list_versions() -> tuple[tuple[int, str], ...]:
    is_current = Exists(Preset.objects.filter(current=OuterRef("pk")))
    versions = PresetVersion.objects.annotate(is_current=is_current).order_by("-is_current", "-pk")
    return tuple(versions.values_list("pk", "digest"))


@lru_cache(maxsize=512)
def _read(version_id: int, digest: str) -> Published:
    """Versions never change, and the digest keeps apart what had the same id in different databases."""
    version = PresetVersion.objects.get(pk=version_id, digest=digest)
    return Published(version_id, version.manifest, version.workflow)
