"""Decides which node can run which preset version, by comparing node classes and model files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

import structlog

from creator.lib.ttl_cache import TTLCache
from jobs.models import Node, PresetVersion
from jobs.presets.manifest import Manifest, ManifestError

log = structlog.get_logger(__name__)
NEEDS_KEPT_S = 1.0
ABILITIES_KEPT_S = 3600.0

_needs: TTLCache[None, tuple[str, ...]] = TTLCache(NEEDS_KEPT_S)
# Entries never go stale: the key includes `abilities_read_at`, which changes whenever the abilities are
# written.
_served: TTLCache[tuple[int, datetime, tuple[str, ...]], frozenset[str]] = TTLCache(ABILITIES_KEPT_S)


@lru_cache(maxsize=512)
def _manifest_of(digest: str) -> Manifest:
    """Returns a version's manifest, read once per process: versions never change."""
    return PresetVersion.objects.get(digest=digest).manifest


def lacking(manifest: Manifest, node: Node) -> list[str]:
    """Returns the node classes and model files that the preset needs and the node lacks."""
    classes = set(node.classes)
    models = {name.rsplit("/", 1)[-1] for name in node.model_files}
    missing = [name for name in manifest.required_classes if name not in classes]
    return missing + [name for name in manifest.required_models if name.rsplit("/", 1)[-1] not in models]


def servable_needs(needs: Iterable[str], node: Node) -> set[str]:
    """Returns those of the needs (digests of preset versions) that the node can run."""
    return {need for need in needs if _is_served(need, node)}


def _is_served(need: str, node: Node) -> bool:
    try:
        manifest = _manifest_of(need)
    except ManifestError as error:  # written by a newer release, whose workers can run it
        log.error("preset_version_unreadable", digest=need, reason=str(error))
        return False
    return not lacking(manifest, node)


def known_needs() -> tuple[str, ...]:
    """Returns the digests of all preset versions, at most NEEDS_KEPT_S old."""
    return _needs.get(
        None, lambda: tuple(PresetVersion.objects.order_by("pk").values_list("digest", flat=True))
    )


def needs_served(nodes: Collection[Node]) -> dict[int, frozenset[str]]:
    """Returns node id → the needs that the node can run.

    The long lists of classes and model files are read and compared only after the node's abilities were read
    again, so `nodes` may come with both fields deferred.
    """
    needs = known_needs()
    return {node.pk: _served_by(node, needs) for node in nodes}


def _served_by(node: Node, needs: tuple[str, ...]) -> frozenset[str]:
    if node.abilities_read_at is None:
        return frozenset(servable_needs(needs, node))
    key = (node.pk, node.abilities_read_at, needs)
    return _served.get(key, lambda: frozenset(servable_needs(needs, node)))
