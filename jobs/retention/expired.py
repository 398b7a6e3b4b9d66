"""Rows whose time has come, and the hold that one purger has on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from creator.lib.clock import database_now
from jobs.enums import OPEN
from jobs.models import Artifact, Job, Upload

Row = TypeVar("Row", Artifact, Upload)
HELD_S = 15 * 60
FIRST_WAIT_S = 10 * 60
LONGEST_WAIT_S = 6 * 3600


def expired_artifacts() -> QuerySet[Artifact]:
    """Those of one job beside each other, oldest expiry first."""
    return Artifact.objects.filter(expires_at__lte=database_now()).order_by("expires_at", "job_id", "pk")


def expired_uploads() -> QuerySet[Upload]:
    """Oldest expiry first. A photo of an open job has no expiry; if it had one, it would still not be here."""
    used = Exists(Job.objects.filter(upload=OuterRef("pk"), status__in=OPEN))
    return Upload.objects.filter(~used, expires_at__lte=database_now()).order_by("expires_at", "pk")


def hold_rows(expired: QuerySet[Row], at_most: int) -> list[Row]:
    """Takes rows that no other purger has and whose wait after a failure is over, for HELD_S at most."""
    free = Q(purge_after__isnull=True) | Q(purge_after__lte=database_now())
    with transaction.atomic(durable=True):
        rows = list(expired.filter(free).select_for_update(skip_locked=True, of=("self",))[:at_most])
        _rows_again(expired, rows).update(purge_after=database_now(HELD_S))
    return rows


def release_rows(expired: QuerySet[Row], rows: Iterable[Row]) -> None:
    """Gives back what was held and not tried."""
    _rows_again(expired, rows).update(purge_after=None)


def note_failure(expired: QuerySet[Row], row: Row) -> None:
    """Counts the failure and lets the row wait: twice as long each time, up to LONGEST_WAIT_S."""
    wait_s = min(FIRST_WAIT_S * 2 ** min(row.purge_failures, 16), LONGEST_WAIT_S)
    _rows_again(expired, [row]).update(
        purge_failures=F("purge_failures") + 1, purge_after=database_now(wait_s)
    )


def _rows_again(expired: QuerySet[Row], rows: Iterable[Row]) -> QuerySet[Row]:
    return expired.model._default_manager.filter(pk__in=[row.pk for row in rows])
