"""What this process holds, kept alive by one thread: leases are renewed, lost ones and cancel requests noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, close_old_connections

from jobs.lifecycle import Claim, give_up_leases, renew_leases
from jobs.lifecycle.lease import look_at_leases

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0
MARGIN_S = 1.0


class LeaseLost(Exception):
    """Someone else may hold the job now: whatever this holder still does must change nothing."""


class Lease:
    """One held job, as far as this process can know. The trust window ends before the lease does."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.cancel_requested = False
        self.lost = False
        self._trusted_until = time.monotonic() + settings.CONFIG.lease_seconds - MARGIN_S

    def check(self) -> None:
        """Raises LeaseLost unless this process may still act for the job."""
        if self.lost or time.monotonic() > self._trusted_until:
            raise LeaseLost

    def extend_from(self, renewal_started: float) -> None:
        """The window counts from before the renewal was sent: its answer may have taken long."""
        self._trusted_until = renewal_started + settings.CONFIG.lease_seconds - MARGIN_S


class LeaseKeeper:
    """Renews every lease of this process each LEASE_RENEW_SECONDS and looks at them each second."""

    def __init__(self) -> None:
        self._leases: dict[UUID, Lease] = {}
        self._wanted = threading.Condition()
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
            give_up_leases([claim.token])
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
        """No new claims in this process; every lease ends now, prompts stay on their nodes for the next worker."""
        self.stopping = True
        with self._wanted:
            leases = list(self._leases.values())
        for lease in leases:
            lease.lost = True
        give_up_leases([lease.claim.token for lease in leases])

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
                    renewed_at = time.monotonic()
                    self._renew(leases, renewed_at)
                self._look(leases)
            except Error as error:
                # The database may be away for a moment; the trust window ends what lasts longer.
                log.warning("lease_look_failed", reason=str(error))

    def _renew(self, leases: list[Lease], started: float) -> None:
        renew_leases([lease.claim.token for lease in leases if not lease.lost])
        held = look_at_leases([lease.claim.token for lease in leases])
        for lease in leases:
            if lease.claim.token in held:
                lease.extend_from(started)

    def _look(self, leases: list[Lease]) -> None:
        held = look_at_leases([lease.claim.token for lease in leases])
        for lease in leases:
            lease.cancel_requested = lease.cancel_requested or held.get(lease.claim.token, False)
            lease.lost = lease.lost or lease.claim.token not in held


keeper = LeaseKeeper()
