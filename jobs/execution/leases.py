"""The leases of this process.

One thread renews them and notices lost leases, cancel requests and prompts to recall.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, close_old_connections

from creator.lib.database_errors import drop_connection
from jobs.execution.recalls import Recalls
from jobs.lifecycle import Claim, give_up_leases, read_leases, renew_leases
from jobs.nodes import unwanted_nodes
from jobs.scheduling.recalls import STAGED_S

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0
MARGIN_S = 1.0


class LeaseLost(Exception):
    """Another worker may hold the job now, so this one must stop and change nothing more."""


class Lease:
    """One lease of this process. The process trusts it until MARGIN_S before it ends in the database."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.cancel_requested = self.lost = self.recall_wanted = False
        self.staged_on: int | None = None  # key of the node on which the prompt is staged
        self._staged_since = 0.0
        self._trusted_until = claim.since + settings.CONFIG.lease_seconds - MARGIN_S
        self._news = threading.Event()
        self._listener: Callable[[], None] | None = None

    def stage(self, node_id: int) -> None:
        """Notes that the prompt waits on this node."""
        self.staged_on, self._staged_since = node_id, time.monotonic()

    def begin(self) -> None:
        """Notes that the prompt waits no longer."""
        self.staged_on = None

    def has_waited(self, seconds: float) -> bool:
        """Whether the prompt has been waiting on its node for that long."""
        return self.staged_on is not None and time.monotonic() - self._staged_since > seconds

    def check(self) -> None:
        """Raises LeaseLost if this process may no longer act for the job."""
        if self.lost or time.monotonic() > self._trusted_until:
            raise LeaseLost

    def extend_from(self, renewal_started: float) -> None:
        """Restarts the trust window.

        It counts from before the renewal was sent, because the answer may have taken long.
        """
        self._trusted_until = renewal_started + settings.CONFIG.lease_seconds - MARGIN_S

    def lose(self) -> None:
        """Called by the keeper when this process no longer holds the job."""
        self.lost = True
        self._notify()

    def update(self, *, cancel_requested: bool, recall_wanted: bool) -> None:
        """Called by the keeper with what it read. A request that was seen once stays set."""
        before = (self.cancel_requested, self.recall_wanted)
        self.cancel_requested |= cancel_requested
        self.recall_wanted |= recall_wanted
        if before != (self.cancel_requested, self.recall_wanted):
            self._notify()

    def _notify(self) -> None:
        self._news.set()
        if self._listener is not None:
            self._listener()

    def pause(self, seconds: float) -> None:
        """Waits up to `seconds`, less if the lease is lost or updated. Raises LeaseLost."""
        self._news.wait(max(0.0, seconds))
        self._news.clear()
        self.check()

    @contextmanager
    def notifying(self, listener: Callable[[], None]) -> Iterator[None]:
        """Within the block, calls `listener` when the lease is lost or updated, to end another wait."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None


class LeaseKeeper:
    """Renews this process's leases each LEASE_RENEW_SECONDS and checks them each LOOK_EVERY_S."""

    def __init__(self) -> None:
        self._leases: dict[UUID, Lease] = {}
        self._wanted = threading.Condition()
        # Giving up a lease waits for a renewal in progress, which could otherwise extend that lease again.
        self._renewing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hurry = False
        self._recalls = Recalls()
        self.stopping = False

    @contextmanager
    def keep_alive(self, claim: Claim) -> Iterator[Lease]:
        """Renews the claim's lease within the block."""
        lease = Lease(claim)
        with self._wanted:
            self._leases[claim.token] = lease
            lease.lost = self.stopping
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
            self._wanted.notify()
        if lease.lost:  # claimed during `stop`: give it up like the others
            self.give_up([lease])
        try:
            yield lease
        finally:
            with self._wanted:
                self._leases.pop(claim.token, None)

    def look_now(self) -> None:
        """Makes the keeper check its leases now, because a row may have changed."""
        with self._wanted:
            self._hurry = True
            self._wanted.notify()

    def stop(self) -> None:
        """Ends every lease and prevents new claims in this process.

        Prompts stay on their nodes for the adopter. Threads that watch a prompt stop at once and write
        nothing more. Safe to call from a signal handler.
        """
        self.stopping = True
        with self._wanted:
            leases = list(self._leases.values())
        self.give_up(leases)

    def give_up(self, leases: list[Lease], *, lost: bool = False) -> None:
        """Ends leases now; `lost` as in `give_up_leases`.

        If the database is unavailable, they run out by themselves.
        """
        for lease in leases:
            lease.lose()
        if not leases:
            return
        try:
            with self._renewing:
                give_up_leases([lease.claim.token for lease in leases], lost=lost)
        except Error as error:
            log.warning("leases_not_given_up", leases=len(leases), reason=str(error))
            drop_connection()

    def _run(self) -> None:
        renewed_at = time.monotonic()
        while True:
            with self._wanted:
                self._wanted.wait_for(lambda: self._hurry, timeout=LOOK_EVERY_S)
                self._hurry = False
                leases = list(self._leases.values())
            if not leases:
                renewed_at = 0.0
                continue
            try:
                close_old_connections()
                if time.monotonic() - renewed_at >= settings.CONFIG.lease_renew_seconds:
                    started = time.monotonic()
                    renewed_at = started if self._renew(leases, started) else 0.0
                self._look(leases)
            except Error as error:
                # The database may be unavailable for a moment. If it lasts longer, the trust window of each
                # lease ends.
                log.warning("lease_look_failed", reason=str(error))
                renewed_at = 0.0
                drop_connection()
            finally:
                close_old_connections()

    def _renew(self, leases: list[Lease], started: float) -> bool:
        """False: some leases were lost or their rows were locked, so the next round renews again."""
        with self._renewing:
            wanted = [lease for lease in leases if not lease.lost]
            renewed = renew_leases([lease.claim.token for lease in wanted])
        for lease in wanted:
            if lease.claim.token in renewed:
                lease.extend_from(started)
        return len(renewed) == len(wanted)

    def _look(self, leases: list[Lease]) -> None:
        held = read_leases([lease.claim.token for lease in leases])
        staged = {lease.staged_on for lease in leases if lease.staged_on is not None}
        unwanted = unwanted_nodes(staged) if staged else set()
        moving = self._recalls.look() if any(each.has_waited(STAGED_S) for each in leases) else set()
        for lease in leases:
            if lease.claim.token not in held:
                lease.lose()
            else:
                recall = lease.staged_on in unwanted or lease.claim.attempt_id in moving
                lease.update(cancel_requested=held[lease.claim.token], recall_wanted=recall)


keeper = LeaseKeeper()
