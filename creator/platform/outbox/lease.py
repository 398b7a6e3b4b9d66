"""Which deliveries are due, and the lease of the one that a worker hands on."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import F, Q, QuerySet

from creator.lib.clock import database_now
from creator.platform import lease
from creator.platform.models import Delivery

LONGEST_CALL = timedelta(minutes=30)
"""A handler that runs longer is considered hung: its lease is no longer renewed, and another worker tries."""


EVERY_KIND = Q()


def due_deliveries() -> QuerySet[Delivery]:
    """Open deliveries that are due: new, past their back-off, or held by a worker whose lease has ended."""
    return Delivery.objects.filter(done_at__isnull=True, dead_at__isnull=True, due_at__lte=database_now())


def take_due(
    kinds: Q = EVERY_KIND, destinations: Collection[str] | None = None, *, lease_s: float = 0
) -> Delivery | None:
    """Leases the delivery that has been due longest, and counts the try. None if there is none.

    Leaves out destinations that another call is under way to, so that a slow one occupies one thread and gets its
    messages one after the other. `destinations`: only these. `lease_s`: of the first lease, if it is not the usual one.
    """
    called = Delivery.objects.filter(token__isnull=False).values("destination")
    due = due_deliveries().filter(kinds, Q(token__isnull=False) | ~Q(destination__in=called))
    if destinations is not None:
        due = due.filter(destination__in=destinations)
    while True:
        try:
            row = lease.take_first(due, lease_s=lease_s, attempts=F("attempts") + 1)
        except IntegrityError:
            continue  # another worker began a call to the same destination just now
        if row is not None:
            row.attempts += 1
        return row


def leased(delivery: Delivery) -> QuerySet[Delivery]:
    """The open row while this worker's token is still in it. Every write after `take_due` uses this guard."""
    return lease.leased(delivery).filter(done_at__isnull=True, dead_at__isnull=True)


def renewed(delivery: Delivery) -> AbstractContextManager[None]:
    """Renews the lease while the block runs, so that no other worker calls the handler at the same time."""
    return lease.renewed(delivery, at_most=LONGEST_CALL)
