"""The nodes as placement and estimates see them: which slots are free, what the others hold, what each can run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet

from jobs.catalogue import needs_served
from jobs.models import Node
from jobs.nodes import slots_of, usable_nodes
from jobs.scheduling.placement import FreeSlot
from jobs.scheduling.timings import typical_seconds

FAR_MS = 10.0
HEAVY = ("classes", "model_files")


@dataclass(frozen=True)
class OpenPrompt:
    """A slot that is taken: the prompt runs on the node or waits there."""

    attempt_id: int
    job_id: UUID
    slot: int
    need: str


@dataclass(frozen=True)
class PoolNode:
    """A node that may get jobs, with what it has; `prompts` in the order in which they were given to it."""

    node: Node
    needs: frozenset[str]
    prompts: tuple[OpenPrompt, ...]

    @property
    def last_need(self) -> str:
        """What will have run on it before a prompt that it gets now."""
        return self.prompts[-1].need if self.prompts else self.node.last_need

    def free_slots(self) -> list[FreeSlot]:
        """All of them; the second of an idle node counts as busier than the first."""
        taken = {prompt.slot for prompt in self.prompts}
        free = [slot for slot in range(_slot_count(self.node)) if slot not in taken]
        return [
            FreeSlot(self.node.pk, slot, len(taken) + place, self.needs, self.last_need)
            for place, slot in enumerate(free)
        ]


def read_pool() -> list[PoolNode]:
    """The usable nodes with their open prompts, in one statement that costs the same however many jobs wait."""
    nodes: dict[int, Node] = {}
    prompts: dict[int, list[OpenPrompt]] = defaultdict(list)
    for row in _rows():
        nodes.setdefault(row.pk, row)
        if row.attempt_id is not None:
            prompts[row.pk].append(OpenPrompt(row.attempt_id, row.job_id, row.slot, row.need or ""))
    served = needs_served(nodes.values())
    return [
        PoolNode(node, served[pk], tuple(sorted(prompts[pk], key=lambda prompt: prompt.attempt_id)))
        for pk, node in nodes.items()
    ]


def free_slots() -> list[FreeSlot]:
    """Every slot of a usable node that no open attempt holds."""
    return [slot for each in read_pool() for slot in each.free_slots()]


def _rows() -> QuerySet:
    """A row for each open attempt of a node, or one without an attempt."""
    return (
        usable_nodes()
        .annotate(open=FilteredRelation("attempts", condition=Q(attempts__node_done_at__isnull=True)))
        .annotate(
            attempt_id=F("open__id"), job_id=F("open__job_id"), slot=F("open__slot"), need=F("open__need")
        )
        .defer(*HEAVY)
    )


def _slot_count(node: Node) -> int:
    """As staff set it; more for a far node, which has to hold more prompts so as not to wait for us."""
    far = (node.rtt_ms or 0.0) >= FAR_MS
    return slots_of(node, typical_seconds(node.last_need) if far and node.last_need else None)
