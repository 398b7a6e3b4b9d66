"""Computes from the nodes' notes how fast prompts followed each other. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Note = Mapping[str, Any]


@dataclass(frozen=True)
class Pace:
    """Prompts per second, from first start to last end on any node; milliseconds between prompts of a node."""

    rate: float
    gaps_ms: tuple[float, ...]

    @property
    def gap_p50_ms(self) -> float:
        return median(self.gaps_ms)


def read_pace(nodes: Sequence[Sequence[Note]], *, count: int, is_ours: Callable[[Note], bool]) -> Pace:
    """`nodes`: each node's notes in order.

    Raises RuntimeError unless exactly `count` of them are ours and succeeded.

    Prompts that are not ours (tests of a node) are not counted; the time that they took counts as a gap.
    """
    ours = [[note for note in notes if is_ours(note)] for notes in nodes]
    ran = [note for notes in ours for note in notes]
    good = sum(note["status"] == "success" for note in ran)
    if (len(ran), good) != (count, count):
        raise RuntimeError(f"{len(ran)} prompts for {count} jobs, {good} of them good")
    gaps = [
        (after["started"] - before["ended"]) * 1000
        for notes in ours
        for before, after in itertools.pairwise(notes)
    ]
    seconds = max(note["ended"] for note in ran) - min(note["started"] for note in ran)
    return Pace(count / seconds, tuple(gaps))
