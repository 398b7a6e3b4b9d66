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
"""When a lease ends whose holder took its leave: over, and unlike any that ended because nobody renewed it."""


def renew_leases(tokens: Collection[UUID]) -> set[UUID]:
    """Extends what is still held; the tokens of what was extended. A token that someone replaced matches nothing.

    A row that somebody has locked just now is left out: all others would wait for it, and end meanwhile.
    """
    with transaction.atomic(durable=True):
        free = _held(tokens).select_for_update(skip_locked=True, no_key=True)
        renewed = set(free.values_list("token", flat=True))
        if renewed:
            _held(renewed).update(lease_until=database_now(settings.CONFIG.lease_seconds))
    return renewed


def look_at_leases(tokens: Collection[UUID]) -> dict[UUID, bool]:
    """For each token that still holds its job: whether its owner asked to cancel. Absent tokens are lost."""
    return {
        token: asked is not None for token, asked in _held(tokens).values_list("token", "cancel_requested_at")
    }


def give_up_leases(tokens: Collection[UUID], *, lost: bool = False) -> None:
    """A worker that stops ends its leases now, so that the next one adopts without waiting for them to expire.

    `lost`: it goes on, and it was a job that it could not get on with: that counts as if it had died.
    """
    _held(tokens).update(lease_until=database_now(-1) if lost else GIVEN_UP)


def _held(tokens: Collection[UUID]):  # type: ignore[no-untyped-def]  # a queryset of Job, unnameable at run time
    return Job.objects.filter(token__in=list(tokens), status=JobStatus.PROCESSING)
