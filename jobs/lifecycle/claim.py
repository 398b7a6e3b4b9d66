from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet

from creator.lib.clock import database_now
from creator.lib.database_errors import is_locked_out
from jobs.enums import JobStatus, Stage
from jobs.lifecycle.attempts import begin_attempt
from jobs.lifecycle.transitions import ROOM, NoRoom, move_job
from jobs.models import Attempt, Job

log = structlog.get_logger(__name__)
ORPHANS_LOOKED_AT = 8


@dataclass(frozen=True)
class Placement:
    """Which queued job goes into which free slot; a wish until `claim_placed` grants it."""

    job_id: UUID
    owner_id: UUID
    node_id: int
    slot: int


@dataclass(frozen=True)
class Claim:
    """The right to run a job: as long as `token` is the row's token and the lease has not ended.

    `since`, by `time.monotonic`, lies before the lease was asked for: a process may be stopped at any time after that.
    """

    job_id: UUID
    owner_id: UUID
    attempt_id: int
    token: UUID
    adopted: bool
    since: float = field(default_factory=time.monotonic, compare=False)


class _SomeoneElseWasFirst(Exception):
    """Rolls the claiming transaction back."""


def claim_placed(placement: Placement) -> Claim | None:
    """Job, the owner's place among the running and the node's slot, in one transaction; None when one was taken, or is
    locked for so long that others should be tried."""
    token, since = uuid.uuid4(), time.monotonic()
    try:
        with transaction.atomic(durable=True):
            attempt_id = _take(placement, token)
    except (_SomeoneElseWasFirst, NoRoom):
        return None
    except OperationalError as error:
        if not is_locked_out(error):
            raise
        log.warning("claim_locked_out", job_id=str(placement.job_id), reason=str(error))
        return None
    log.info("job_claimed", job_id=str(placement.job_id), attempt_id=attempt_id, node_id=placement.node_id)
    return Claim(placement.job_id, placement.owner_id, attempt_id, token, adopted=False, since=since)


def _take(placement: Placement, token: UUID) -> int:
    """The new attempt's key. It takes the slot before the owner's row is locked, on which the owner's other jobs wait."""
    begun: list[int] = []

    def begin() -> None:
        attempt_id = begin_attempt(placement.job_id, placement.node_id, placement.slot)
        if attempt_id is None:
            raise _SomeoneElseWasFirst
        begun.append(attempt_id)

    moved = move_job(
        placement.job_id,
        placement.owner_id,
        source=JobStatus.QUEUED,
        to=JobStatus.PROCESSING,
        only=Q(not_before__isnull=True) | Q(not_before__lte=database_now()),
        room=ROOM,
        stage=Stage.STAGED,
        token=token,
        lease_until=database_now(settings.CONFIG.lease_seconds),
        not_before=None,
        also=begin,
    )
    if not moved:
        raise _SomeoneElseWasFirst
    return begun[0]


def adopt_orphan() -> Claim | None:
    """Takes over a job whose holder let its lease end: a new token for the same attempt and prompt.

    The old token is part of the guard, so of two adopters one gets the job and the late holder gets nothing.
    """
    orphans = _orphans()
    for job_id, owner_id, old_token in orphans.order_by("lease_until").values_list("id", "owner_id", "token")[
        :ORPHANS_LOOKED_AT
    ]:
        token, since = uuid.uuid4(), time.monotonic()
        if _take_over(orphans.filter(pk=job_id, token=old_token), token):
            attempt = Attempt.objects.filter(job_id=job_id).latest("number")
            log.info("job_adopted", job_id=str(job_id), attempt_id=attempt.id)
            return Claim(job_id, owner_id, attempt.id, token, adopted=True, since=since)
    return None


def has_orphans() -> bool:
    """Whether any job's lease has ended."""
    return _orphans().exists()


def _orphans() -> QuerySet[Job]:
    return Job.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=database_now())


def _take_over(orphan: QuerySet[Job], token: UUID) -> bool:
    """Passes by a row that is locked: every worker would wait there for a holder that froze inside a transaction."""
    with transaction.atomic(durable=True):
        if not orphan.select_for_update(skip_locked=True, no_key=True).values_list("pk").first():
            return False
        return bool(orphan.update(token=token, lease_until=database_now(settings.CONFIG.lease_seconds)))
