"""Which node can run which preset version: a question of node classes and model files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

import structlog

from creator.lib.kept import Kept
from jobs.models import Node, PresetVersion
from jobs.presets.manifest import Manifest, ManifestError

log = structlog.get_logger(__name__)
NEEDS_KEPT_S = 1.0
ABILITIES_KEPT_S = 3600.0

_needs: Kept[None, tuple[str, ...]] = Kept(NEEDS_KEPT_S)
# Nothing can be out of date here: whoever writes a node's abilities writes when they were read.
_served: Kept[tuple[int, datetime, tuple[str, ...]], frozenset[str]] = Kept(ABILITIES_KEPT_S)


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
    return {need for need in needs if _is_served(need, node)}


def _is_served(need: str, node: Node) -> bool:
    try:
        manifest = _manifest_of(need)
    except ManifestError as error:  # written by a newer release: its workers run it, and this one all else
        log.error("preset_version_unreadable", digest=need, reason=str(error))
        return False
    return not lacking(manifest, node)


def known_needs() -> tuple[str, ...]:
    """The digests of all preset versions; a new one is noticed within a second."""
    return _needs.get(
        None, lambda: tuple(PresetVersion.objects.order_by("pk").values_list("digest", flat=True))
    )


def needs_served(nodes: Collection[Node]) -> dict[int, frozenset[str]]:
    """What each node can run, by its id.

    Long lists of classes and files are read and compared only after the node has shown again what it can do, so
    `nodes` may come with those two deferred.
    """
    needs = known_needs()
    return {node.pk: _served_by(node, needs) for node in nodes}


def _served_by(node: Node, needs: tuple[str, ...]) -> frozenset[str]:
    if node.abilities_read_at is None:
        return frozenset(servable_needs(needs, node))
    key = (node.pk, node.abilities_read_at, needs)
    return _served.get(key, lambda: frozenset(servable_needs(needs, node)))
