"""Claims one job: pairs free slots with queued jobs and takes the best pair that is still free.

`claim_next` → `read_wishes` (`pool.free_slots`, `queue_heads.read_heads`, `placement.pair`) →
`lifecycle.claim_job`.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from jobs.lifecycle import Claim, claim_job
from jobs.scheduling.placement import MOST_PASSED, FreeSlot, Pairing, QueueHead, pair
from jobs.scheduling.pool import forget_nodes, free_slots
from jobs.scheduling.queue_heads import read_heads

LOOKS = 4
TRIES_PER_LOOK = 4
SPREAD = 3
MOST_HEADS = 64
MOST_REMEMBERED = 2048


def claim_next() -> Claim | None:
    """Claims the best job that fits. None if nothing fits, or if other workers were first every time.

    A lost claim means that another process works through the same list. The next try then skips a few places
    at random, so that the two do not collide again. After TRIES_PER_LOOK lost claims the list is out of date
    and is read again. Giving up loses no job: the other worker continues to claim, and the sweep rings within
    a second.
    """
    for _ in range(LOOKS):
        tries, seen_at, wishes = 0, time.monotonic(), read_wishes()
        while tries < TRIES_PER_LOOK and (wish := next(wishes, None)):
            with turns.take(wish, seen_at=seen_at) as ours:
                claim = claim_wish(wish) if ours else None
            if claim:
                return claim
            if ours:
                forget_nodes()  # the lost claim may be due to a stale cached node row
                tries += 1
                wishes = _from_further_down(wishes)
        if not tries:
            return None
    return None


def read_wishes() -> Iterator[Pairing]:
    """Every pairing that could be claimed now, best first. No job and no slot appears twice.

    Usually two statements, sometimes three, independent of the length of the queues.
    """
    slots = free_slots()
    yield from pair(queue_heads(slots), slots) if slots else ()


def queue_heads(slots: Sequence[FreeSlot]) -> list[QueueHead]:
    """The first runnable jobs of the users who come next and are below their parallel limit.

    A job is runnable if some free slot can run it. Reads enough jobs per user that a single user can fill all
    free slots.
    """
    needs = frozenset[str]().union(*(slot.needs for slot in slots))
    if not needs:
        return []
    heads = read_heads(needs, total=min(len(slots), MOST_HEADS))
    return [replace(head, passed=turns.times_passed(head.job_id)) for head in heads]


def claim_wish(wish: Pairing) -> Claim | None:
    """Calls `claim_job` for a job and the slot that placement chose for it."""
    head, slot = wish.head, wish.slot
    return claim_job(job_id=head.job_id, owner_id=head.owner_id, node_id=slot.node_id, slot=slot.slot)


def _from_further_down(wishes: Iterator[Pairing]) -> Iterator[Pairing]:
    """The same pairings, but up to SPREAD - 1 of the first ones move to the end."""
    rest = deque(wishes)
    rest.rotate(-random.randrange(SPREAD))  # noqa: S311  not for security
    return iter(rest)


class Turns:
    """Keeps threads of one process from competing for the same claim, and counts overtaken jobs.

    Correctness does not depend on it: the rows decide which worker gets a job. It only avoids claims that
    cannot succeed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[Hashable] = set()
        self._ended: dict[Hashable, float] = {}
        self._passed: dict[UUID, int] = {}

    @contextmanager
    def take(self, wish: Pairing, *, seen_at: float) -> Iterator[bool]:
        """Yields True if only this thread may claim job and slot within the block; counts overtaken jobs.

        Yields False if another thread is claiming the job or the slot, or did so after `seen_at` (a
        `time.monotonic` reading), which makes the caller's list out of date. Also False if a job that it
        would overtake has been overtaken MOST_PASSED times already.
        """
        keys: set[Hashable] = {wish.head.job_id, (wish.slot.node_id, wish.slot.slot)}
        with self._lock:
            free = (
                not keys & self._busy
                and all(self._ended.get(key, 0.0) < seen_at for key in keys)
                and all(self.times_passed(job_id) < MOST_PASSED for job_id in wish.passed)
            )
            if free:
                self._busy |= keys
                self._count_passed(wish.passed)
        try:
            yield free
        finally:
            if free:
                self._end(keys)

    def times_passed(self, job_id: UUID) -> int:
        """How often another job overtook this one here because a node had the other's preset loaded."""
        return self._passed.get(job_id, 0)

    def _end(self, keys: set[Hashable]) -> None:
        with self._lock:
            self._busy -= keys
            if len(self._ended) > MOST_REMEMBERED:
                self._ended.clear()
            self._ended.update(dict.fromkeys(keys, time.monotonic()))

    def _count_passed(self, job_ids: Collection[UUID]) -> None:
        """Counts before the claim, so that two threads cannot both overtake a job for the last time.

        Lost claims count too.
        """
        for job_id in job_ids:
            self._passed[job_id] = self._passed.pop(job_id, 0) + 1
        while len(self._passed) > MOST_REMEMBERED:
            self._passed.pop(next(iter(self._passed)))


turns = Turns()
