"""The nodes as placement and estimates see them: free slots, open prompts, and what each node can run."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from creator.lib.ttl_cache import TTLCache
from jobs.catalogue import needs_served
from jobs.enums import NodeState
from jobs.models import ABILITIES, Attempt, Node
from jobs.nodes import RESULTS_BESIDE, is_closed_at, out_of_sight, slots_of
from jobs.scheduling.placement import FreeSlot
from jobs.scheduling.timings import Work, typical_seconds

FAR_MS = 10.0
NODES_KEPT_S = 1.0


@dataclass(frozen=True)
class OpenPrompt:
    """A prompt that takes a slot: it runs on the node or is staged there."""

    attempt_id: int
    job_id: UUID
    slot: int
    work: Work
    warm: bool | None
    started_at: datetime | None
    created_at: datetime
    foreign_ahead: int = 0


@dataclass(frozen=True)
class PoolNode:
    """A node that may get jobs, the needs it serves, and its open prompts, oldest first.

    `saving`: how many prompts have ended on it whose results are not stored yet.
    """

    node: Node
    needs: frozenset[str]
    prompts: tuple[OpenPrompt, ...]
    saving: int = 0

    @property
    def last_need(self) -> str:
        """The need of the prompt that will run just before a prompt that the node gets now."""
        return self.prompts[-1].work.need if self.prompts else self.node.last_need

    def free_slots(self) -> list[FreeSlot]:
        """All free slots of the node. Other clients' prompts and each further free slot make it busier by one.

        None while RESULTS_BESIDE of its results are being saved.
        """
        if self.saving >= RESULTS_BESIDE:
            return []
        taken = {prompt.slot for prompt in self.prompts}
        free = [slot for slot in range(_slot_count(self.node)) if slot not in taken]
        return [
            FreeSlot(
                self.node.pk, slot, self.node.foreign_prompts + len(taken) + place, self.needs, self.last_need
            )
            for place, slot in enumerate(free)
        ]


_active: TTLCache[None, list[Node]] = TTLCache(NODES_KEPT_S)
_runners: TTLCache[None, int] = TTLCache(NODES_KEPT_S)


def read_pool() -> list[PoolNode]:
    """The usable nodes with their open prompts. The cost does not depend on how many jobs are queued.

    One statement reads the prompts. The nodes' rows may be up to NODES_KEPT_S old; the claim itself checks
    the current row.
    """
    now = timezone.now()
    active = _active.get(None, lambda: list(active_nodes()))
    unseen = out_of_sight(active)
    nodes = [node for node in active if node.pk not in unseen and not is_closed_at(node, now)]
    prompts: dict[int, list[OpenPrompt]] = defaultdict(list)
    saving: Counter[int] = Counter()
    rows = Attempt.objects.filter(ended_at__isnull=True).order_by()
    columns = ("node_id", "node_done_at", "pk", "job_id", "slot", "need", "pixels", "warm")
    times = ("execution_started_at", "created_at", "foreign_ahead")
    for node_id, done_at, pk, job_id, slot, need, pixels, *rest in rows.values_list(*columns, *times):
        if done_at is None:
            prompts[node_id].append(OpenPrompt(pk, job_id, slot, Work(need, pixels), *rest))
        else:
            saving[node_id] += 1
    served = needs_served(nodes)
    return [
        PoolNode(
            node,
            served[node.pk],
            tuple(sorted(prompts[node.pk], key=lambda prompt: prompt.attempt_id)),
            saving[node.pk],
        )
        for node in nodes
    ]


def forget_nodes() -> None:
    """Clears the cached node rows, so that `read_pool` reads them again."""
    _active.clear()


def free_slots() -> list[FreeSlot]:
    """Every slot of a usable node that no open prompt takes."""
    return [slot for each in read_pool() for slot in each.free_slots()]


def count_runners() -> int:
    """How many jobs all nodes that are not off can keep busy: in their slots, and as results. At most NODES_KEPT_S old.

    A node that drains or is closed may still have prompts, each of which takes a runner.
    """
    nodes = Node.objects.exclude(state=NodeState.OFF).defer(*ABILITIES)
    return _runners.get(None, lambda: sum(_slot_count(node) + RESULTS_BESIDE for node in nodes))


def active_nodes() -> QuerySet[Node]:
    """Active nodes that have answered at least once, also those that a breaker has closed.

    Defers the ABILITIES columns.
    """
    return Node.objects.filter(state=NodeState.ACTIVE, seen_at__isnull=False).defer(*ABILITIES)


def _slot_count(node: Node) -> int:
    """The slots that staff set.

    A distant node gets more, so that it does not idle while it waits for the next prompt.
    """
    far = (node.rtt_ms or 0.0) >= FAR_MS
    return slots_of(node, typical_seconds(node.last_need) if far and node.last_need else None)
