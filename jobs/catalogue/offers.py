"""Presets as people choose them: which are offered, and whether a job of one could ever run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from creator.lib.errors import Refused
from jobs.catalogue.serving import lacking
from jobs.enums import NodeState
from jobs.models import Node, Preset, PresetVersion
from jobs.presets.check import example_values
from jobs.presets.manifest import Manifest
from jobs.presets.render import check_values
from jobs.presets.sizes import describe_size

NEVER = "No node can run this yet."
LATER = "No node can run this now. Jobs will wait for one."


@dataclass(frozen=True)
class OfferedPreset:
    """A preset in one version.

    `available`: an active node can run it now. `takes_jobs`: a job would run now or later. A preset takes no
    jobs only if every registered node is known to lack something: a node whose abilities are unknown may be
    able to run it.
    """

    preset: Preset
    version: PresetVersion
    manifest: Manifest
    available: bool
    takes_jobs: bool

    @property
    def result_size_rule(self) -> str:
        """Says how large results are with the default settings; empty if that is not known."""
        return describe_size(self.manifest, check_values(self.manifest, example_values(self.manifest)))

    @property
    def why(self) -> str:
        """Says why the preset cannot run now; empty if it can."""
        if self.available:
            return ""
        return LATER if self.takes_jobs else NEVER

    @property
    def mark(self) -> tuple[object, ...]:
        """Differs as soon as the preset is offered differently: a version never changes."""
        return (self.version.pk, self.preset.price, self.available, self.takes_jobs)

    def require_startable(self) -> None:
        """Raises Refused `preset_unavailable` if staff disabled the preset or no node could ever run it."""
        if not self.preset.enabled:
            raise _not_offered(f"{self.manifest.title} is not offered at present.")
        if not self.takes_jobs:
            message = f"{self.manifest.title} cannot be started: {self.why}"
            raise Refused("preset_unavailable", message, {"preset": self.why})


def offered_presets() -> list[OfferedPreset]:
    """Returns every enabled preset in its current version, in the catalogue's order. Two queries."""
    nodes = list(_registered())
    return [_offer(preset, nodes) for preset in _enabled().defer("current__workflow")]


def get_offered(slug: str) -> OfferedPreset:
    """Returns one offered preset, for its page. Raises Refused `not_found` if there is none of that slug."""
    preset = _enabled().filter(slug=slug).first()
    if preset is None:
        raise Refused("not_found", "There is no such preset.")
    return _offer(preset, list(_registered()))


def choose_preset(slug: str, among: Sequence[OfferedPreset] | None = None) -> OfferedPreset:
    """Returns the preset that a request names. Raises Refused `preset_unavailable`.

    `among`: offers that the caller has read already; without it the preset is read from the database.
    """
    if among is not None:
        chosen = next((each for each in among if each.preset.slug == slug), None)
    else:
        preset = _enabled().filter(slug=slug).first()
        chosen = _offer(preset, list(_registered())) if preset else None
    if chosen is None:
        raise _not_offered("This preset is not offered at present. Choose another one.")
    return chosen


def offered_version(version_id: int) -> OfferedPreset:
    """Returns the version that a job names, current or not, with the present price and nodes."""
    version = PresetVersion.objects.select_related("preset").get(pk=version_id)
    return _as_offer(version.preset, version, list(_registered()))


def titles_of_presets(slugs: Collection[str]) -> dict[str, str]:
    """Slug → title, for presets of the catalogue, offered or not. One query."""
    found = Preset.objects.filter(slug__in=slugs, current__isnull=False).values_list(
        "slug", "current__manifest_json__title"
    )
    return dict(found)


def _not_offered(message: str) -> Refused:
    return Refused("preset_unavailable", message, {"preset": message})


def _enabled() -> QuerySet[Preset]:
    return Preset.objects.filter(enabled=True, current__isnull=False).select_related("current")


def _registered() -> QuerySet[Node]:
    """Returns all nodes that are not switched off; one that is off counts as removed."""
    return Node.objects.exclude(state=NodeState.OFF)


def _offer(preset: Preset, nodes: list[Node]) -> OfferedPreset:
    assert preset.current is not None  # `_enabled` selects only presets with a current version
    return _as_offer(preset, preset.current, nodes)


def _as_offer(preset: Preset, version: PresetVersion, nodes: list[Node]) -> OfferedPreset:
    able = [node for node in nodes if not lacking(version.manifest, node)]
    available = any(node.state == NodeState.ACTIVE for node in able)
    unknown = not nodes or any(node.abilities_read_at is None for node in nodes)
    return OfferedPreset(preset, version, version.manifest, available, takes_jobs=bool(able) or unknown)
