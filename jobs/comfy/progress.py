"""Computes one overall percentage from the events of one prompt.

ComfyUI reports a graph node only once it starts, and for most nodes only 0 and then 1. This module computes
the total: each graph node counts by its weight (usually its measured milliseconds).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.comfy.events import (
    Cached,
    Event,
    Executed,
    Executing,
    Failed,
    Finished,
    InterruptedEvent,
    NodeProgress,
)
from jobs.comfy.graph import ancestors
from jobs.comfy.types import Graph

ALMOST = 99.0  # 100 is reported only when the prompt has ended


@dataclass(frozen=True, slots=True)
class Progress:
    """`percent` is 0..100; `stage` is a title; `step` of `steps` counts the graph nodes that must run."""

    percent: float
    stage: str
    step: int
    steps: int


class ProgressMeter:
    """Turns events into progress that never falls and is 100 only at the end."""

    def __init__(
        self,
        graph: Graph,
        *,
        weights: Mapping[str, float],
        stages: Mapping[str, str],
        output_node: str,
        preparing: str = "Preparing",
        finishing: str = "Finishing",
    ) -> None:
        """`weights`: graph node id → share (any unit); nodes without one get the mean. `stages`: node id →
        title.

        A node belongs to the first stage whose ancestors include it; all other nodes belong to `finishing`.
        Until a node has run, the stage is `preparing`. After that it is the first stage with work left, so it
        never goes back.
        """
        self._needs = {node: ancestors(graph, [node]) for node in graph}
        self._todo = set(ancestors(graph, [output_node, *stages]))
        self._weights = _weights(self._todo, weights)
        self._stages = sorted(
            ((self._needs[n], title) for n, title in stages.items() if n in graph), key=_size
        )
        self._preparing, self._finishing = preparing, finishing
        self._done: set[str] = set()
        self._running: str | None = None
        self._fraction = 0.0
        self._failed = self._finished = False
        self._last = Progress(0.0, preparing, 0, len(self._todo))

    @property
    def progress(self) -> Progress:
        """The state after the last event."""
        return self._last

    def apply(self, event: Event) -> Progress | None:
        """Applies one event. Returns the new progress, or None if nothing changed."""
        match event:
            case Cached(nodes=nodes):
                self._todo -= nodes
            case Executing(node=node):
                self._begin(node)
            case NodeProgress(node=node, value=value, max=maximum):
                self._begin(node)
                self._fraction = max(self._fraction, min(value / maximum, 1.0) if maximum > 0 else 0.0)
            case Executed(node=node):
                self._done |= self._needs.get(node, frozenset())
            case Failed() | InterruptedEvent():
                self._failed = True
            case Finished():
                self._finished = not self._failed
            case _:
                return None
        return self._advance()

    def _begin(self, node: str) -> None:
        """Notes that a node starts: everything that it depends on is done, even if events were missed."""
        if node not in self._needs or node == self._running or node in self._done:
            return
        if self._running is not None:
            self._done.add(self._running)
        self._done |= self._needs[node] - {node}
        self._running, self._fraction = node, 0.0

    def _advance(self) -> Progress | None:
        percent = 100.0 if self._finished else max(self._last.percent, min(self._computed(), ALMOST))
        new = Progress(round(percent, 1), self._stage(), self._step(), len(self._todo))
        if new == self._last:
            return None
        self._last = new
        return new

    def _computed(self) -> float:
        total = sum(self._weights[node] for node in self._todo)
        done = sum(self._weights[node] for node in self._todo & self._done)
        if self._running in self._todo - self._done:
            done += self._weights[self._running] * self._fraction
        return 100.0 * done / total if total else 0.0

    def _stage(self) -> str:
        if self._finished:
            return self._finishing
        if self._running is None and not self._done:
            return self._preparing
        left = self._todo - self._done
        return next((title for needs, title in self._stages if needs & left), self._finishing)

    def _step(self) -> int:
        if self._finished:
            return len(self._todo)
        started = self._done | ({self._running} if self._running else set())
        return min(max(len(self._todo & started), self._last.step), len(self._todo))


def _weights(nodes: set[str], given: Mapping[str, float]) -> dict[str, float]:
    known = {node: max(float(given[node]), 0.0) for node in nodes if node in given}
    mean = sum(known.values()) / len(known) if any(known.values()) else 1.0
    return {node: known.get(node, mean) or mean / 1000 for node in nodes}


def _size(stage: tuple[frozenset[str], str]) -> int:
    return len(stage[0])
