"""Hands deliveries on: leases a due one, calls its handler, records the outcome."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import timedelta

import structlog
from django.db.models import F, Q
from django.utils import timezone

from creator.lib.backoff import backoff_s
from creator.lib.clock import database_now
from creator.lib.database_errors import DATABASE_AWAY
from creator.platform.models import Delivery
from creator.platform.outbox.handlers import Postponed, TryAgain, Undeliverable, crowds, handler_of
from creator.platform.outbox.lease import leased, renewed, take_due

log = structlog.get_logger(__name__)
TRIED_FOR = timedelta(days=3)
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 3600.0
AT_ONCE = 2
"""Threads of one process that hand on at a time; the others stay free for jobs and periodic tasks."""

CALL_LEASE_S = 20.0
"""The first lease of a delivery that a crowd hands on: if the worker dies, so long nothing is sent to that destination."""

_threads = threading.BoundedSemaphore(AT_ONCE)


def hand_on_due() -> int:
    """Hands on until no delivery is due; returns how many it tried.

    Kinds that have a crowd are left to it. Returns 0 at once if AT_ONCE threads already do so.
    """
    if not _threads.acquire(blocking=False):
        return 0
    count = 0
    try:
        while delivery := take_due(~Q(kind__in=crowds())):
            hand_on(delivery)
            count += 1
    finally:
        _threads.release()
    return count


def wake_crowds() -> None:
    """Has each crowd look for deliveries of its kind. Returns at once."""
    for kind, crowd in crowds().items():

        def take(destinations: Collection[str] | None, kind: str = kind) -> Delivery | None:
            return take_due(Q(kind=kind), destinations, lease_s=CALL_LEASE_S)

        crowd.wake(take, hand_on)


def hand_on(delivery: Delivery) -> bool:
    """One try of a delivery that this worker has leased. Returns whether the message was sent."""
    try:
        with renewed(delivery):
            handler_of(delivery.kind)(delivery)
    except DATABASE_AWAY:
        raise  # the outcome cannot be recorded: the delivery is due again when the lease ends
    except Postponed as postponed:
        leased(delivery).update(due_at=postponed.until, token=None, attempts=F("attempts") - 1)
    except Exception as error:  # noqa: BLE001  (one handler's error must not stop other deliveries)
        _fail(delivery, error)
    else:
        _finish(delivery)
        return True
    return False


def _finish(delivery: Delivery) -> None:
    if leased(delivery).update(done_at=database_now(), token=None, last_error=""):
        log.info("delivered", **_ids(delivery))
    else:
        log.warning("delivery_lease_lost", **_ids(delivery))


def _fail(delivery: Delivery, error: Exception) -> None:
    # Errors of mail servers quote the address, which belongs neither in a log nor in a list for staff.
    reason = f"{type(error).__name__}: {error}".replace(delivery.destination, "…")[:400]
    is_over = timezone.now() - delivery.created_at > TRIED_FOR
    if isinstance(error, Undeliverable) or is_over:
        if leased(delivery).update(dead_at=database_now(), token=None, last_error=reason):
            log.error("delivery_dead", reason=reason, **_ids(delivery))
        return
    wait_s = backoff_s(delivery.attempts - 1, first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S)
    if isinstance(error, TryAgain):
        wait_s = max(wait_s, error.wait_s)
    if leased(delivery).update(due_at=database_now(wait_s), token=None, last_error=reason):
        log.warning("delivery_failed", reason=reason, wait_s=round(wait_s), **_ids(delivery))


def _ids(delivery: Delivery) -> dict[str, object]:
    """Log fields. Without the destination, because addresses must not be logged."""
    return {"delivery": delivery.pk, "kind": delivery.kind, "attempts": delivery.attempts}
