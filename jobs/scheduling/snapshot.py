"""Reads what placement decides on: the slots that are free, and the heads of the queues that could use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.lifecycle import Placement
from jobs.scheduling.heads import read_heads
from jobs.scheduling.placement import FreeSlot, Pairing, QueueHead, pair
from jobs.scheduling.pool import free_slots
from jobs.scheduling.turns import turns

MOST_HEADS = 64


@dataclass(frozen=True)
class Wish:
    """What should be claimed: a placement, and which jobs it overtakes."""

    placement: Placement
    pairing: Pairing


def place_jobs() -> Iterator[Placement]:
    """What could be claimed now, best first; no job and no slot twice. Costs the same however long the queues are."""
    return (wish.placement for wish in read_wishes())


def read_wishes() -> Iterator[Wish]:
    """As `place_jobs`, with what the choice meant for others. Two statements, rarely three."""
    slots = free_slots()
    for each in pair(queue_heads(slots), slots) if slots else ():
        head, slot = each.head, each.slot
        yield Wish(Placement(head.job_id, head.owner_id, slot.node_id, slot.slot), each)


def queue_heads(slots: Sequence[FreeSlot]) -> list[QueueHead]:
    """The first jobs that some free slot can run, of the users who may run one more and come next.

    Enough of each user's to fill what is free, so that one user alone can use all of it.
    """
    needs = frozenset[str]().union(*(slot.needs for slot in slots))
    if not needs:
        return []
    heads = read_heads(needs, total=min(len(slots), MOST_HEADS))
    return [replace(head, passed=turns.times_passed(head.job_id)) for head in heads]
