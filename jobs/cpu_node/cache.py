"""Caches node results by the signature of their inputs, up to a number of bytes."""

import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jobs.cpu_node.files import Files
from jobs.cpu_node.nodes.arrays import bytes_of
from jobs.cpu_node.nodes.registry import Registry


@dataclass(frozen=True)
class Entry:
    """A node's result: its outputs, and the `ui` data it showed (None if it shows nothing)."""

    outputs: tuple[Any, ...]
    ui: dict[str, Any] | None = None
    is_whole: bool = True
    size: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(bytes_of(value) for value in self.outputs) + 256)

    def without_outputs(self) -> "Entry":
        """A small copy with the `ui` data only: most output nodes feed no other node."""
        return Entry((), self.ui, is_whole=False)


class Cache:
    """Prefers small and recently used entries (Greedy-Dual-Size, Cao and Irani 1997, with equal costs).

    An entry's rank is `age + 1 / size`. The cache drops the lowest rank and raises the age to it. Among pictures of
    one size, the least recently used one goes first. File names and thumbnails outlive many pictures: without them, a
    repeated prompt would compute everything again only to show its stages.
    """

    def __init__(self, limit: int = 512 * 2**20, most: int = 2000) -> None:
        self._limit, self._most = limit, most
        self._size, self._age = 0, 0.0
        self._entries: dict[str, Entry] = {}
        self._ranks: dict[str, float] = {}
        self._lock = threading.Lock()

    def get(self, signature: str) -> Entry | None:
        with self._lock:
            entry = self._entries.get(signature)
            if entry is not None:
                # Move it to the end: among equal ranks, the first is dropped.
                del self._ranks[signature]
                self._ranks[signature] = self._age + 1 / entry.size
            return entry

    def put(self, signature: str, entry: Entry) -> None:
        """Store the entry, unless it would fill more than half of the cache and push out too many others."""
        with self._lock:
            self._drop(signature)
            if entry.size > self._limit // 2:
                return
            self._entries[signature] = entry
            self._ranks[signature] = self._age + 1 / entry.size
            self._size += entry.size
            while self._size > self._limit or len(self._entries) > self._most:
                lowest = min(self._ranks, key=self._ranks.__getitem__)
                self._age = self._ranks[lowest]
                self._drop(lowest)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._ranks.clear()
            self._size, self._age = 0, 0.0

    def _drop(self, signature: str) -> None:
        entry = self._entries.pop(signature, None)
        self._ranks.pop(signature, None)
        if entry is not None:
            self._size -= entry.size


def is_link(value: Any) -> bool:
    return isinstance(value, list)


def links_of(node: dict[str, Any]) -> Iterable[list[Any]]:
    return (value for value in node.get("inputs", {}).values() if is_link(value))


class Signatures:
    """The signature of each node of a graph: a hash of its class, literal inputs and the signatures of its sources."""

    def __init__(self, graph: dict[str, Any], registry: Registry, files: Files) -> None:
        self._graph, self._registry, self._files = graph, registry, files
        self._known: dict[str, str] = {}

    def of(self, node_id: str) -> str:
        if node_id not in self._known:
            self._known[node_id] = self._compute(node_id)
        return self._known[node_id]

    def _compute(self, node_id: str) -> str:
        node = self._graph[node_id]
        inputs = {
            name: ["link", self.of(str(value[0])), value[1]] if is_link(value) else value
            for name, value in sorted(node["inputs"].items())
        }
        parts = [node["class_type"], inputs, self._fingerprint(node)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _fingerprint(self, node: dict[str, Any]) -> str:
        fingerprint = self._registry[node["class_type"]].fingerprint
        if fingerprint is None or any(links_of(node)):
            return ""
        try:
            return fingerprint(self._files, node["inputs"])
        except OSError:
            # The file was deleted after the check at submit. The node reports that when it runs.
            return "missing"
