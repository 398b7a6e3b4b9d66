"""Decides which job goes to which slot.

Pure: it turns a snapshot into ordered pairings and reads no rows, no clock and no random numbers.
"""

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
    """A slot that can take a prompt now.

    `busy` counts the prompts ahead of it on its node; `needs` is what the node can run. `last_need` is the
    need of the prompt that will run just before: the last one staged, or else the last one that ended.
    """

    node_id: int
    slot: int
    busy: int
    needs: frozenset[str]
    last_need: str


@dataclass(frozen=True)
class QueueHead:
    """One of a user's first queued jobs, with the user's running jobs, share and room below the limit.

    `avoid` holds the keys of nodes on which an attempt of this job has ended, `refused` those of them that
    cannot take the job. `passed` counts how often the job was overtaken because a node had another job's preset
    loaded.
    """

    job_id: UUID
    owner_id: UUID
    need: str
    rank_at: datetime
    running: int = 0
    share: float = 1.0
    room: int = 1
    avoid: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    passed: int = 0


@dataclass(frozen=True)
class Pairing:
    """A job and the slot it should take. `passed`: the jobs it overtakes that could use the slot too."""

    head: QueueHead
    slot: FreeSlot
    passed: tuple[UUID, ...] = ()


def pair(heads: Sequence[QueueHead], slots: Sequence[FreeSlot]) -> Iterator[Pairing]:
    """Pairs jobs with slots, best first. Each pairing assumes that all earlier ones succeed.

    No job and no slot appears twice, and no user exceeds the limit. The user with the smallest load (running
    ÷ share) comes first, then the oldest rank. Among the slots that can run the job, it prefers one on a node
    not in `avoid`, then the least busy, then one whose node ran the same preset last. If that node would have
    to load another preset, one of the next LOOK_AHEAD jobs of equally loaded users may go first if its preset
    is loaded there. No job is overtaken in this way more than MOST_PASSED times.
    """
    plan = _Plan(heads, slots)
    while (choice := plan.choose()) is not None:
        plan.grant(choice)
        yield choice


class _Plan:
    """The jobs and slots that are not paired yet."""

    def __init__(self, heads: Sequence[QueueHead], slots: Sequence[FreeSlot]) -> None:
        self.waiting = sorted(heads, key=lambda head: (head.rank_at, head.job_id))
        self.free = list(slots)
        self.given: Counter[UUID] = Counter()
        self.passed: Counter[UUID] = Counter({head.job_id: head.passed for head in heads})

    def choose(self) -> Pairing | None:
        """The best pairing, or None.

        Drops jobs that no longer fit for good, because slots and room only shrink.
        """
        self.waiting = [head for head in self.waiting if self._has_room(head) and self._slots_for(head)]
        # The sort is stable, so jobs of equally loaded users stay in rank order.
        order = sorted(self.waiting, key=self._load)
        if not order:
            return None
        slot = min(self._slots_for(order[0]), key=lambda slot: _preference(order[0], slot))
        return self._warmer(order, slot) or Pairing(order[0], slot)

    def grant(self, choice: Pairing) -> None:
        """Removes the job and the slot. This job now precedes the node's other free slots."""
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
        """The first job of an equally loaded user whose preset the node has loaded.

        None if a job before it was passed too often.
        """
        passed: list[UUID] = []
        for head in order[: LOOK_AHEAD + 1]:
            if self._load(head) != self._load(order[0]):
                return None
            if not can_take(head, slot):
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
        return [slot for slot in self.free if can_take(head, slot)]


def can_take(head: QueueHead, slot: FreeSlot) -> bool:
    """Whether the slot's node can run the job and has not refused it."""
    return head.need in slot.needs and slot.node_id not in head.refused


def _preference(head: QueueHead, slot: FreeSlot) -> tuple[bool, int, bool, int, int]:
    return (slot.node_id in head.avoid, slot.busy, slot.last_need != head.need, slot.node_id, slot.slot)
