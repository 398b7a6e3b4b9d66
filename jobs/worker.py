"""The worker's loop: claim a job, run it, and repeat until nothing fits.

The task and the `process` command use it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import UUID

import structlog
from django.conf import settings

from creator.lib.database_errors import DATABASE_AWAY, drop_connection
from creator.lib.ttl_cache import TTLCache
from jobs.execution import run_claim
from jobs.execution.leases import keeper
from jobs.lifecycle import Claim, adopt_orphan, has_orphans
from jobs.nodes import tidy_links
from jobs.scheduling import claim_next, count_runners

log = structlog.get_logger(__name__)
ORPHANS_LOOKED_FOR_S = 0.25
SUSPECTED_FOR_S = 20.0
RESERVED_THREADS = 8
"""Pool threads that never run jobs.

Six are for periodic tasks: the sweep, node checks, the look for strays, the clearing of nodes, the purge and
the collection of orphan files. The last two may take minutes and must not delay the others. Two are for
deliveries (`creator.platform.outbox`).
"""


class Runners:
    """Limits how many threads of this process run jobs, so that the pool has threads for its other tasks.

    `most` is asked at every ring, so the limit may change.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self.most = most
        self._running = self._missed = 0
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Counts one more running thread.

        False: all are busy; one of them will look for jobs once more for this ring.
        """
        most = self.most()
        with self._lock:
            if self._running >= most:
                self._missed = min(self._missed + 1, most)
                return False
            self._running += 1
            return True

    def leave(self) -> bool:
        """Counts one thread less.

        True: a ring found all threads busy, so the caller must look for jobs once more.
        """
        with self._lock:
            self._running -= 1
            missed, self._missed = self._missed, max(0, self._missed - 1)
            return missed > 0


def runners_for_threads() -> int:
    """As many as WORKER_THREADS leaves: the limit of a worker that is a process of its own."""
    return max(1, settings.CONFIG.worker_threads - RESERVED_THREADS)


def runners_for_slots() -> int:
    """As many as the registered nodes can keep busy: the limit of the only worker.

    At least one, for the jobs of nodes that are gone. 0 while the database is away.
    """
    try:
        return max(1, count_runners())
    except DATABASE_AWAY as error:
        log.warning("claiming_stopped", reason=str(error))
        drop_connection()
        return 0


runners = Runners(runners_for_threads)


_orphans: TTLCache[None, bool] = TTLCache(ORPHANS_LOOKED_FOR_S)


class Suspects:
    """Adopts orphans; spreads out those that may have killed their worker (lost while it saved the result).

    This process saves one suspect at a time, so that a second crash implicates only that job. After
    SUSPECTED_FOR_S it stops waiting for a suspect: a job that kills its worker does so early.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: UUID | None = None
        self._since = 0.0

    def adopt(self) -> Claim | None:
        """Adopts the next orphan. Skips suspects while this process is already running one."""
        with self._lock:
            free = self._held is None or time.monotonic() > self._since + SUSPECTED_FOR_S
            claim = adopt_orphan(saving=free)
            if claim and claim.saving and claim.lost_holders:
                self._held, self._since = claim.token, time.monotonic()
            return claim

    def clear(self, claim: Claim) -> None:
        """Notes that the run of `claim` is over."""
        with self._lock:
            if self._held == claim.token:
                self._held = None


suspects = Suspects()


def next_claim() -> Claim | None:
    """Adopts an orphan, or else claims the best job that fits.

    The process looks for orphans once per ORPHANS_LOOKED_FOR_S.
    """
    orphan = suspects.adopt() if _orphans.get(None, has_orphans) else None
    return orphan or claim_next()


def run_until_idle() -> int:
    """Runs jobs until nothing fits or all runner threads are busy. Returns how many claims it ran."""
    count, again = 0, True
    while again and runners.enter():
        try:
            count += _run_what_fits()
        finally:
            again = runners.leave()
    if not keeper.stopping:
        tidy_links()
    return count


def _run_what_fits() -> int:
    count = 0
    try:
        while not keeper.stopping and (claim := next_claim()):
            try:
                run_claim(claim)
            finally:
                suspects.clear(claim)
            count += 1
    except DATABASE_AWAY as error:
        # The sweep rings again once the database is back. If a claim was committed but its answer was lost,
        # the job becomes an orphan when its lease ends.
        log.warning("claiming_stopped", reason=str(error))
        drop_connection()
    return count
