"""Model files: which nodes have them, and which offered presets need them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from jobs.enums import NodeState
from jobs.models import Node, Preset


@dataclass(frozen=True)
class ModelFile:
    """`name` is "folder/file" as nodes say it. `nodes`, `presets`: names and slugs, sorted; either may be empty."""

    name: str
    nodes: list[str]
    presets: list[str]


def list_model_files() -> list[ModelFile]:
    """Every model file that an active node has or an offered preset needs, by name. Two queries."""
    nodes, presets = defaultdict(set), defaultdict(set)
    for node, files in Node.objects.filter(state=NodeState.ACTIVE).values_list("name", "model_files"):
        for name in files:
            nodes[name].add(node)
    offered = Preset.objects.filter(enabled=True, current__isnull=False).select_related("current")
    for preset in offered.defer("current__workflow"):
        assert preset.current is not None  # by the filter
        for name in preset.current.manifest.required_models:
            presets[name].add(preset.slug)
    return [
        ModelFile(name, sorted(nodes[name]), sorted(presets[name])) for name in sorted({*nodes, *presets})
    ]
