"""What this process holds, kept alive by one thread: leases are renewed; lost ones, cancel requests and nodes that
nothing should wait on any longer are noticed."""

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
from jobs.lifecycle import Claim, give_up_leases, renew_leases
from jobs.lifecycle.lease import look_at_leases
from jobs.nodes import unwanted_nodes

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0
MARGIN_S = 1.0


class LeaseLost(Exception):
    """Someone else may hold the job now: whatever this holder still does must change nothing."""


class Lease:
    """One held job, as far as this process can know. The trust window ends before the lease does."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.cancel_requested = self.lost = self.recall_wanted = False
        self.staged_on: int | None = None  # the node on which its prompt waits behind others
        self._trusted_until = claim.since + settings.CONFIG.lease_seconds - MARGIN_S
        self._news = threading.Event()
        self._listener: Callable[[], None] | None = None

    def check(self) -> None:
        """Raises LeaseLost unless this process may still act for the job."""
        if self.lost or time.monotonic() > self._trusted_until:
            raise LeaseLost

    def extend_from(self, renewal_started: float) -> None:
        """The window counts from before the renewal was sent: its answer may have taken long."""
        self._trusted_until = renewal_started + settings.CONFIG.lease_seconds - MARGIN_S

    def lose(self) -> None:
        """For the keeper: no longer this process's."""
        self.lost = True
        self._tell()

    def note(self, *, cancel_requested: bool, recall_wanted: bool) -> None:
        """For the keeper: what a look found. Wishes stay."""
        before = (self.cancel_requested, self.recall_wanted)
        self.cancel_requested |= cancel_requested
        self.recall_wanted |= recall_wanted
        if before != (self.cancel_requested, self.recall_wanted):
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        if self._listener is not None:
            self._listener()

    def pause(self, seconds: float) -> None:
        """Waits; not so long when there is news. Raises LeaseLost."""
        self._news.wait(max(0.0, seconds))
        self._news.clear()
        self.check()

    @contextmanager
    def telling(self, listener: Callable[[], None]) -> Iterator[None]:
        """While the block runs, news go to `listener` too: they end a wait that is not a pause."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None


class LeaseKeeper:
    """Renews every lease of this process each LEASE_RENEW_SECONDS and looks at them each second."""

    def __init__(self) -> None:
        self._leases: dict[UUID, Lease] = {}
        self._wanted = threading.Condition()
        self._renewing = (
            threading.Lock()
        )  # a lease that was given up is not renewed by a statement on its way
        self._thread: threading.Thread | None = None
        self._hurry = False
        self.stopping = False

    @contextmanager
    def hold(self, claim: Claim) -> Iterator[Lease]:
        """Keeps the claim's lease alive while the block runs."""
        lease = Lease(claim)
        with self._wanted:
            self._leases[claim.token] = lease
            lease.lost = self.stopping
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
            self._wanted.notify()
        if lease.lost:  # claimed while `stop` was called: it goes to the next worker like the others
            self.give_up([lease])
        try:
            yield lease
        finally:
            with self._wanted:
                self._leases.pop(claim.token, None)

    def look_now(self) -> None:
        """A row of ours may have changed: look before the second is over."""
        with self._wanted:
            self._hurry = True
            self._wanted.notify()

    def stop(self) -> None:
        """No new claims in this process; every lease ends now, prompts stay on their nodes for the next worker.

        Whoever watches a prompt stops at once and writes nothing more. May be called from a signal's handler.
        """
        self.stopping = True
        with self._wanted:
            leases = list(self._leases.values())
        self.give_up(leases)

    def give_up(self, leases: list[Lease], *, lost: bool = False) -> None:
        """Ends leases now; `lost` as in `give_up_leases`. Where the database is away they end by themselves."""
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
                # The database may be away for a moment; the trust window ends what lasts longer.
                log.warning("lease_look_failed", reason=str(error))
                renewed_at = 0.0
                drop_connection()
            finally:
                close_old_connections()

    def _renew(self, leases: list[Lease], started: float) -> bool:
        """False: some were lost, or locked just now; soon again."""
        with self._renewing:
            wanted = [lease for lease in leases if not lease.lost]
            renewed = renew_leases([lease.claim.token for lease in wanted])
        for lease in wanted:
            if lease.claim.token in renewed:
                lease.extend_from(started)
        return len(renewed) == len(wanted)

    def _look(self, leases: list[Lease]) -> None:
        held = look_at_leases([lease.claim.token for lease in leases])
        staged = {lease.staged_on for lease in leases if lease.staged_on is not None}
        unwanted = unwanted_nodes(staged) if staged else set()
        for lease in leases:
            if lease.claim.token not in held:
                lease.lose()
            else:
                lease.note(
                    cancel_requested=held[lease.claim.token], recall_wanted=lease.staged_on in unwanted
                )


keeper = LeaseKeeper()
