"""Which node can run which preset version: a question of node classes and model files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from jobs.models import Node, PresetVersion
from jobs.presets.manifest import Manifest


@lru_cache(maxsize=512)
def _manifest_of(digest: str) -> Manifest:
    """Versions never change, so what one needs is read once per process."""
    return PresetVersion.objects.get(digest=digest).manifest


def lacking(manifest: Manifest, node: Node) -> list[str]:
    """Node classes and model files that the preset needs and the node has not."""
    classes = set(node.classes)
    models = {name.rsplit("/", 1)[-1] for name in node.model_files}
    missing = [name for name in manifest.required_classes if name not in classes]
    return missing + [name for name in manifest.required_models if name.rsplit("/", 1)[-1] not in models]


def servable_needs(needs: Iterable[str], node: Node) -> set[str]:
    """Those preset versions (by digest) that the node can run."""
    return {need for need in needs if not lacking(_manifest_of(need), node)}
