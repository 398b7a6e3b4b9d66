"""Which job goes where. Pure: a snapshot in, an order of wishes out; no rows, no clock, no chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

LOOK_AHEAD = 8
MOST_PASSED = 3


@dataclass(frozen=True)
class FreeSlot:
    """A slot that could take a prompt now. `busy` counts the prompts before it on its node; `needs` is what that can run.

    `last_need` is what will have run before: of the prompt staged last, else of the one that ended last.
    """

    node_id: int
    slot: int
    busy: int
    needs: frozenset[str]
    last_need: str


@dataclass(frozen=True)
class QueueHead:
    """One of the first jobs of a user's queue, with the user's running jobs, share and room below the limit.

    `passed` counts how often it was overtaken for the sake of what a node had loaded.
    """

    job_id: UUID
    owner_id: UUID
    need: str
    rank_at: datetime
    running: int = 0
    share: float = 1.0
    room: int = 1
    avoid: frozenset[int] = frozenset()
    passed: int = 0


@dataclass(frozen=True)
class Pairing:
    """A job and the slot it should take; `passed` are the jobs it overtakes, which could have had that slot."""

    head: QueueHead
    slot: FreeSlot
    passed: tuple[UUID, ...] = ()


def pair(heads: Sequence[QueueHead], slots: Sequence[FreeSlot]) -> Iterator[Pairing]:
    """Jobs with their slots, as if each wish were granted before the next: no job and no slot twice, no user past the limit.

    The user with the smallest running ÷ share comes first, then the oldest rank. Of the slots that can run a job: one
    on a node that has not failed it, then the least busy, then one whose node ran the same preset last. Where that
    node would have to load another preset, a job of an equally loaded user that finds its own loaded may go first:
    one of the next LOOK_AHEAD, and nobody is overtaken so more than MOST_PASSED times.
    """
    plan = _Plan(heads, slots)
    while (choice := plan.choose()) is not None:
        plan.grant(choice)
        yield choice


class _Plan:
    """What is still to be given out while the wishes are listed."""

    def __init__(self, heads: Sequence[QueueHead], slots: Sequence[FreeSlot]) -> None:
        self.waiting = sorted(heads, key=lambda head: (head.rank_at, head.job_id))
        self.free = list(slots)
        self.given: Counter[UUID] = Counter()
        self.passed: Counter[UUID] = Counter({head.job_id: head.passed for head in heads})

    def choose(self) -> Pairing | None:
        """The best wish, or none. Drops those jobs that can be granted no more: slots and room only shrink."""
        self.waiting = [head for head in self.waiting if self._has_room(head) and self._slots_for(head)]
        order = sorted(
            self.waiting, key=self._load
        )  # stable: equally loaded ones stay in the order of their ranks
        if not order:
            return None
        slot = min(self._slots_for(order[0]), key=lambda slot: _preference(order[0], slot))
        return self._warmer(order, slot) or Pairing(order[0], slot)

    def grant(self, choice: Pairing) -> None:
        """Takes job and slot out. What is left on the node now has that job's preset before it."""
        self.waiting.remove(choice.head)
        self.given[choice.head.owner_id] += 1
        self.passed.update(choice.passed)
        taken = choice.slot
        self.free = [
            replace(slot, last_need=choice.head.need) if slot.node_id == taken.node_id else slot
            for slot in self.free
            if (slot.node_id, slot.slot) != (taken.node_id, taken.slot)
        ]

    def _warmer(self, order: Sequence[QueueHead], slot: FreeSlot) -> Pairing | None:
        """The first of the equals that finds its preset loaded, unless someone before it was passed too often."""
        passed: list[UUID] = []
        for head in order[: LOOK_AHEAD + 1]:
            if self._load(head) != self._load(order[0]):
                return None
            if head.need not in slot.needs:
                continue
            if head.need == slot.last_need and slot.node_id not in head.avoid:
                return Pairing(head, slot, tuple(passed))
            if self.passed[head.job_id] >= MOST_PASSED:
                return None
            passed.append(head.job_id)
        return None

    def _load(self, head: QueueHead) -> float:
        return (head.running + self.given[head.owner_id]) / head.share

    def _has_room(self, head: QueueHead) -> bool:
        return self.given[head.owner_id] < head.room

    def _slots_for(self, head: QueueHead) -> list[FreeSlot]:
        return [slot for slot in self.free if head.need in slot.needs]


def _preference(head: QueueHead, slot: FreeSlot) -> tuple[bool, int, bool, int, int]:
    return (slot.node_id in head.avoid, slot.busy, slot.last_need != head.need, slot.node_id, slot.slot)
