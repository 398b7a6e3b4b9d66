"""What each kind of call may cost: bytes of its answer, and seconds from its start to its end.

A bare ComfyUI 0.28 answers `/object_info` with 661 KB, `/system_stats` with 1 KB, a finished job with 8 KB and a queue
with whole graphs of about 4 KB each. Every bound is at least 16 times what was seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

KIB, MIB = 1024, 1024**2
WORDS = 64 * KIB
"""Of an answer that is only shown to staff, no more than this is read."""


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `most` bytes of answer, `seconds` in all."""

    most: int
    seconds: float

    def within(self, seconds: float | None) -> Self:
        """The bound of a caller who waits no longer than `seconds`."""
        return replace(self, seconds=min(self.seconds, math.inf if seconds is None else seconds))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one node, from three numbers that an installation sets.

    `answer_s`: seconds of a small request. `file_s` and `file_bytes`: of a photo on its way to the node and a result
    on its way back.
    """

    answer_s: float = 10.0
    file_s: float = 180.0
    file_bytes: int = 512 * MIB

    @property
    def look(self) -> Bound:
        """What the node is, how many prompts it has, and short confirmations."""
        return Bound(1 * MIB, self.answer_s)

    @property
    def job(self) -> Bound:
        """One prompt with its graph, its files and the words of its error; and the answer to a submit."""
        return Bound(4 * MIB, self.answer_s)

    @property
    def submit(self) -> Bound:
        """The node checks the whole graph before it answers, and reads the photo to do so."""
        return Bound(4 * MIB, 6 * self.answer_s)

    @property
    def listing(self) -> Bound:
        """Queues and histories: the graphs of all clients; a log."""
        return Bound(16 * MIB, self.answer_s)

    @property
    def classes(self) -> Bound:
        """Every node class with the names of all model files."""
        return Bound(16 * MIB, 3 * self.answer_s)

    @property
    def upload(self) -> Bound:
        """A photo goes to the node."""
        return Bound(WORDS, self.file_s)

    @property
    def preview(self) -> Bound:
        """A small picture of a stage."""
        return Bound(4 * MIB, self.answer_s)

    @property
    def result(self) -> Bound:
        """A result comes back."""
        return Bound(self.file_bytes, self.file_s)
