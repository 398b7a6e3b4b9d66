from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from creator.lib.clock import database_now
from creator.lib.returning import update_returning
from jobs.enums import JobStatus, Stage
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.lease import GIVEN_UP
from jobs.models import Attempt, Job

log = structlog.get_logger(__name__)
ORPHANS_LOOKED_AT = 8


def adopt_orphan(*, saving: bool = True, new_token: Callable[[], UUID] = uuid.uuid4) -> Claim | None:
    """Adopts one orphan: gives it a new token and keeps its attempt and prompt.

    None if there is nothing to adopt. The guard compares the old token, so only one of several adopters
    succeeds, and the late holder's writes match no row. With `saving` false it skips jobs whose holder was
    lost while it saved their result.
    """
    orphans = _orphans() if saving else _orphans().filter(~Q(stage=Stage.SAVING) | Q(lease_until=GIVEN_UP))
    columns = ("id", "owner_id", "token", "lease_until", "stage")
    for job_id, owner_id, old_token, ended_at, stage in orphans.order_by("lease_until").values_list(*columns)[
        :ORPHANS_LOOKED_AT
    ]:
        token, since = new_token(), time.monotonic()
        if attempt := _take_over(job_id, old_token, ended_at, token):
            attempt_id, lost = attempt
            log.info("job_adopted", job_id=str(job_id), attempt_id=attempt_id, lost_holders=lost)
            return Claim(
                job_id=job_id,
                owner_id=owner_id,
                attempt_id=attempt_id,
                token=token,
                adopted=True,
                saving=stage == Stage.SAVING,
                lost_holders=lost,
                since=since,
            )
    return None


def has_orphans() -> bool:
    """Whether there is any orphan."""
    return _orphans().exists()


def _orphans() -> QuerySet[Job]:
    return Job.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=database_now())


def _take_over(
    job_id: UUID, old_token: UUID | None, ended_at: datetime | None, token: UUID
) -> tuple[int, int] | None:
    """Returns the open attempt's key and how many of its holders were lost.

    None if another adopter was first. Skips a locked row. Otherwise, if the holder froze inside a
    transaction, every worker would wait for that row.
    """
    orphan = _orphans().filter(pk=job_id, token=old_token)
    with transaction.atomic(durable=True):
        if not orphan.select_for_update(skip_locked=True, no_key=True).values_list("pk").first():
            return None
        orphan.update(token=token, lease_until=database_now(settings.CONFIG.lease_seconds))
        attempt = update_returning(
            Attempt.objects.filter(job_id=job_id, ended_at__isnull=True),
            "id",
            "lost_holders",
            lost_holders=F("lost_holders") + int(ended_at != GIVEN_UP),
        )
        # This cannot happen unless rows were changed by hand. Roll back and log it: such a job could never be
        # run.
        if attempt is None:
            transaction.set_rollback(True)
            log.error("job_without_attempt", job_id=str(job_id))
            return None
    return int(attempt[0]), int(attempt[1])
