"""The lease: a worker's exclusive right to work on one row, which has `due_at` and `token`.

A thread renews it while the work lasts.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from django.db import Error, close_old_connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from creator.lib.clock import database_now
from creator.platform.models import Delivery, LeasedRow

log = structlog.get_logger(__name__)
Row = TypeVar("Row", bound=Delivery | LeasedRow)
LEASE_S = 60.0
RENEW_EVERY_S = 15.0


def take_first(due: QuerySet[Row], *, lease_s: float = 0, **changes: Any) -> Row | None:
    """Leases the row that has been due longest, for `lease_s` or else LEASE_S; skips rows that others have locked.

    Writes `changes` in the same statement. None if no row is due.
    """
    while True:
        with transaction.atomic(durable=True):
            row = due.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
            if row is None:
                return None
            row.token, taken = uuid.uuid4(), due.order_by().filter(pk=str(row.pk))
            # The row is locked, but `due` may ask for other rows too, and those may have changed just now.
            if taken.update(token=row.token, due_at=database_now(lease_s or LEASE_S), **changes):
                return row


def leased(row: Row) -> QuerySet[Row]:
    """The row while this worker's token is still in it. Every write after `take_first` uses this guard."""
    model: Any = type(row)
    rows: QuerySet[Row] = model._default_manager.filter(pk=row.pk, token=row.token)
    return rows


@contextmanager
def renewed(row: Row, *, at_most: timedelta) -> Iterator[None]:
    """Renews the lease while the block runs, so that no other worker does the same at the same time.

    Work that takes longer than `at_most` is considered hung: another worker tries.
    """
    over = threading.Event()
    name = f"{row._meta.model_name}-{row.pk}"
    thread = threading.Thread(target=_renew, args=(row, over, at_most), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew(row: Delivery | LeasedRow, over: threading.Event, at_most: timedelta) -> None:
    until = timezone.now() + at_most
    while not over.wait(RENEW_EVERY_S) and timezone.now() < until:
        try:
            leased(row).update(due_at=database_now(LEASE_S))
        except Error as error:
            log.warning("lease_not_renewed", row=f"{row._meta.model_name}:{row.pk}", reason=str(error))
        finally:
            close_old_connections()
