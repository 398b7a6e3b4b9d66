"""The presets that come with Creator, read once from `catalog/`."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jobs.presets.graph import Graph, GraphError, load_graph
from jobs.presets.manifest import DEFAULT_GROUND, Manifest, ManifestError, load_manifest

_CATALOG = Path(__file__).parent / "catalog"

# texts for people, which may change without making a new version
_TEXT_KEYS = frozenset({"label", "help", "advanced", "unit", "example"})

# covered by the digest unless they have these values, which were the only ones at first
_GROUND_KEYS = {"ground": DEFAULT_GROUND, "keeps_transparency": False}


@dataclass(frozen=True, slots=True)
class ShippedPreset:
    """A preset as read from its files. `workflow` is shared and must not be changed; rendering copies it."""

    manifest: Manifest
    workflow: Graph
    digest: str


@cache
def shipped_presets() -> tuple[ShippedPreset, ...]:
    """Return the presets of `catalog/`, ordered by position; ManifestError if one cannot be read."""
    presets = [load_preset(folder) for folder in _CATALOG.iterdir() if (folder / "preset.toml").is_file()]
    return tuple(sorted(presets, key=lambda preset: (preset.manifest.position, preset.manifest.slug)))


def load_preset(folder: Path) -> ShippedPreset:
    """Return the preset of a folder (`preset.toml`, `workflow.json`); ManifestError names file and field."""
    source, workflow_file = f"{folder.name}/preset.toml", folder / "workflow.json"
    manifest = load_manifest((folder / "preset.toml").read_text("utf-8"), source=source)
    if manifest.slug != folder.name:
        raise ManifestError(source, "slug", f"must be the folder's name, {folder.name}")
    try:
        workflow = load_graph(workflow_file.read_text("utf-8"))
    except GraphError as error:
        raise ManifestError(f"{folder.name}/workflow.json", "", str(error)) from error
    return ShippedPreset(manifest, workflow, digest_of(manifest, workflow))


def digest_of(manifest: Manifest, workflow: Graph) -> str:
    """Return the SHA-256 (hex) of everything that can change a picture or the validation of its parameters.

    Covered: the graph, the slug, where photo and result go, what becomes of transparency, and the parameters'
    types, bounds, defaults and targets. Not covered: price, position, texts, stages, weights, timeout, and what
    a node must have, which follows from the graph.
    """
    described = manifest.to_json()
    covered = {key: described[key] for key in ("slug", "needs_photo", "output_node")}
    covered |= {key: described[key] for key in _GROUND_KEYS if described[key] != _GROUND_KEYS[key]}
    covered["parameters"] = [_without_texts(parameter) for parameter in described["parameters"]]
    covered["workflow"] = workflow
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _without_texts(parameter: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in parameter.items() if key not in _TEXT_KEYS}
    if "choices" in kept:
        kept["choices"] = [{"value": c["value"], "set": c["set"]} for c in kept["choices"]]
    return kept
