"""The lease: a worker's exclusive right to hand one delivery on.

A thread renews it while the handler runs.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.db import Error, close_old_connections, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from creator.lib.clock import database_now
from creator.platform.models import Delivery

log = structlog.get_logger(__name__)
LEASE_S = 60.0
RENEW_EVERY_S = 15.0
LONGEST_CALL = timedelta(minutes=30)
"""A handler that runs longer is considered hung: its lease is no longer renewed, and another worker tries."""


def due_deliveries() -> QuerySet[Delivery]:
    """Open deliveries that are due: new, past their back-off, or held by a worker whose lease has ended."""
    return Delivery.objects.filter(done_at__isnull=True, dead_at__isnull=True, due_at__lte=database_now())


def take_due() -> Delivery | None:
    """Leases the delivery that has been due longest, skipping rows that another worker has locked.

    None if there is none.
    """
    with transaction.atomic(durable=True):
        row = due_deliveries().select_for_update(skip_locked=True).order_by("due_at").first()
        if row is None:
            return None
        row.token = uuid.uuid4()
        Delivery.objects.filter(pk=row.pk).update(
            token=row.token, due_at=database_now(LEASE_S), attempts=F("attempts") + 1
        )
    row.attempts += 1
    return row


def leased(delivery: Delivery) -> QuerySet[Delivery]:
    """The row while this worker's token is still in it. Every write after `take_due` uses this guard."""
    return Delivery.objects.filter(
        pk=delivery.pk, token=delivery.token, done_at__isnull=True, dead_at__isnull=True
    )


@contextmanager
def renewed(delivery: Delivery) -> Iterator[None]:
    """Renews the lease while the block runs, so that no other worker calls the handler at the same time."""
    over = threading.Event()
    thread = threading.Thread(
        target=_renew, args=(delivery, over), name=f"delivery-{delivery.pk}", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew(delivery: Delivery, over: threading.Event) -> None:
    until = timezone.now() + LONGEST_CALL
    while not over.wait(RENEW_EVERY_S) and timezone.now() < until:
        try:
            leased(delivery).update(due_at=database_now(LEASE_S))
        except Error as error:
            log.warning("delivery_lease_not_renewed", delivery=delivery.pk, reason=str(error))
        finally:
            close_old_connections()
