"""What a rung thread does: claim, run, and claim again until nothing fits. Used by the task and by `process`."""

from __future__ import annotations

import threading
import time
from uuid import UUID

import structlog
from django.conf import settings

from creator.lib.database_errors import DATABASE_AWAY, drop_connection
from creator.lib.kept import Kept
from jobs.execution import run_claim
from jobs.execution.leases import keeper
from jobs.lifecycle import Claim, adopt_orphan, has_orphans
from jobs.nodes import tidy_links
from jobs.scheduling import claim_next

log = structlog.get_logger(__name__)
ORPHANS_LOOKED_FOR_S = 0.25
SUSPECTED_FOR_S = 20.0
THREADS_FOR_TICKS = 4
"""Sweep, look at the nodes, purge, orphan files: the last two take minutes, and may not keep the first two waiting."""


class Runners:
    """How many threads of this process run jobs: never so many that none is left for the ticks of the same pool."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self._running = self._missed = 0
        self._lock = threading.Lock()

    def fit_pool(self, threads: int) -> None:
        """For a pool of another size than the configured one."""
        self.most = max(1, threads - THREADS_FOR_TICKS)

    def enter(self) -> bool:
        """False: all are busy. Each of them looks for the next job itself, and once more for this ring."""
        most = self.most or max(1, settings.CONFIG.worker_threads - THREADS_FOR_TICKS)
        with self._lock:
            if self._running >= most:
                self._missed = min(self._missed + 1, most)
                return False
            self._running += 1
            return True

    def leave(self) -> bool:
        """Whether somebody rang in vain meanwhile: it may have been after the last look."""
        with self._lock:
            self._running -= 1
            missed, self._missed = self._missed, max(0, self._missed - 1)
            return missed > 0


runners = Runners()


_orphans: Kept[None, bool] = Kept(ORPHANS_LOOKED_FOR_S)


class Suspects:
    """Jobs whose holder was lost while it saved them: one of them may have killed it.

    This process takes them one after the other, so that the one that kills again takes none of the others with it. One
    that takes long is no longer waited for: what kills, kills soon.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: UUID | None = None
        self._since = 0.0

    def adopt(self) -> Claim | None:
        """The next orphan; no suspect while another one is in hand."""
        with self._lock:
            free = self._held is None or time.monotonic() > self._since + SUSPECTED_FOR_S
            claim = adopt_orphan(saving=free)
            if claim and claim.saving and claim.lost_holders:
                self._held, self._since = claim.token, time.monotonic()
            return claim

    def clear(self, claim: Claim) -> None:
        """Its run is over."""
        with self._lock:
            if self._held == claim.token:
                self._held = None


suspects = Suspects()


def next_claim() -> Claim | None:
    """An orphan first, else the best job that fits. All threads together look for orphans a few times a second."""
    orphan = suspects.adopt() if _orphans.get(None, has_orphans) else None
    return orphan or claim_next()


def run_until_idle() -> int:
    """Returns how many claims were run."""
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
        # The sweep rings again once the database is back; what was claimed without our knowing is an orphan soon.
        log.warning("claiming_stopped", reason=str(error))
        drop_connection()
    return count
