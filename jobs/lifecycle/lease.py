from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from creator.lib.clock import database_now
from jobs.enums import JobStatus
from jobs.models import Job

GIVEN_UP = datetime(1970, 1, 1, tzinfo=UTC)
"""`lease_until` of a lease that its holder gave up.

Distinguishes it from a lease that ran out unrenewed.
"""


def renew_leases(tokens: Collection[UUID]) -> set[UUID]:
    """Extends the leases of these tokens and returns the tokens it extended. A replaced token matches no row.

    Skips locked rows: the UPDATE would wait for the lock, and the other leases could end in that time.
    """
    with transaction.atomic(durable=True):
        free = _held(tokens).select_for_update(skip_locked=True, no_key=True)
        renewed = set(free.values_list("token", flat=True))
        if renewed:
            _held(renewed).update(lease_until=database_now(settings.CONFIG.lease_seconds))
    return renewed


def read_leases(tokens: Collection[UUID]) -> dict[UUID, bool]:
    """For each token that still holds its job: whether the owner asked to cancel.

    A token that is missing here is lost.
    """
    return {
        token: asked is not None for token, asked in _held(tokens).values_list("token", "cancel_requested_at")
    }


def give_up_leases(tokens: Collection[UUID], *, lost: bool = False) -> None:
    """Ends leases now, so that another worker can adopt the jobs at once.

    By default the holder is stopping, which does not count as a lost holder. With `lost`, the worker goes on
    but could not continue the job; the adoption then counts a lost holder, as after a crash.
    """
    _held(tokens).update(lease_until=database_now(-1) if lost else GIVEN_UP)


def _held(tokens: Collection[UUID]):  # type: ignore[no-untyped-def]  # no QuerySet[Job] at run time
    return Job.objects.filter(token__in=list(tokens), status=JobStatus.PROCESSING)
