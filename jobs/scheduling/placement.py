"""Which job goes where. Pure: a snapshot in, an order of wishes out; no rows, no clock, no chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class FreeSlot:
    """A slot that could take a prompt now. `busy` counts the node's open prompts; `needs` is what it can run."""

    node_id: int
    slot: int
    busy: int
    needs: frozenset[str]
    last_need: str


@dataclass(frozen=True)
class QueueHead:
    """One of the first jobs of a user's queue. `load` is the user's running jobs over the user's share."""

    job_id: UUID
    owner_id: UUID
    need: str
    rank_at: datetime
    load: float
    avoid: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Pairing:
    """A job and the slot it should take."""

    head: QueueHead
    slot: FreeSlot


def pair(heads: Sequence[QueueHead], slots: Sequence[FreeSlot]) -> Iterator[Pairing]:
    """Every job with its best slot, best job first.

    The user with the smallest load comes first, then the oldest rank. Of the slots that can run a job: one on a node
    that has not failed it, then the least busy, then one whose node ran the same preset last.
    """
    for head in sorted(heads, key=lambda head: (head.load, head.rank_at, head.job_id)):
        able = [slot for slot in slots if head.need in slot.needs]
        if able:
            yield Pairing(head, min(able, key=lambda slot: _preference(head, slot)))


def _preference(head: QueueHead, slot: FreeSlot) -> tuple[bool, int, bool, int, int]:
    return (slot.node_id in head.avoid, slot.busy, slot.last_need != head.need, slot.node_id, slot.slot)
