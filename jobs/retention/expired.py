"""Selects expired rows and lets one purger at a time take each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from creator.lib.clock import database_now
from jobs.enums import OPEN
from jobs.models import Artifact, Job, Upload

Row = TypeVar("Row", Artifact, Upload)
TAKEN_S = 15 * 60
FIRST_WAIT_S = 10 * 60
LONGEST_WAIT_S = 6 * 3600


def expired_artifacts() -> QuerySet[Artifact]:
    """Returns expired artifacts, oldest expiry first, those of one job together."""
    return Artifact.objects.filter(expires_at__lte=database_now()).order_by("expires_at", "job_id", "pk")


def expired_uploads() -> QuerySet[Upload]:
    """Returns expired uploads, oldest expiry first.

    A photo of an open job has no expiry. Even if one had, it would be left out here.
    """
    used = Exists(Job.objects.filter(upload=OuterRef("pk"), status__in=OPEN))
    return Upload.objects.filter(~used, expires_at__lte=database_now()).order_by("expires_at", "pk")


def take_rows(expired: QuerySet[Row], at_most: int) -> list[Row]:
    """Takes at most `at_most` rows for TAKEN_S: other purgers skip them until then.

    Leaves out rows that another purger has taken or that still wait after a failure.
    """
    free = Q(purge_after__isnull=True) | Q(purge_after__lte=database_now())
    with transaction.atomic(durable=True):
        rows = list(expired.filter(free).select_for_update(skip_locked=True, of=("self",))[:at_most])
        _reselect(expired, rows).update(purge_after=database_now(TAKEN_S))
    return rows


def give_back_rows(expired: QuerySet[Row], rows: Iterable[Row]) -> None:
    """Gives back rows that were taken but not tried."""
    _reselect(expired, rows).update(purge_after=None)


def record_failure(expired: QuerySet[Row], row: Row) -> None:
    """Counts the failure and delays the next try: twice as long each time, up to LONGEST_WAIT_S."""
    wait_s = min(FIRST_WAIT_S * 2 ** min(row.purge_failures, 16), LONGEST_WAIT_S)
    _reselect(expired, [row]).update(purge_failures=F("purge_failures") + 1, purge_after=database_now(wait_s))


def _reselect(expired: QuerySet[Row], rows: Iterable[Row]) -> QuerySet[Row]:
    return expired.model._default_manager.filter(pk__in=[row.pk for row in rows])
