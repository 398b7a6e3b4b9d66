from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q

from creator.lib.clock import database_now
from creator.lib.database_errors import is_locked_out
from jobs.enums import JobStatus, Stage
from jobs.lifecycle.attempts import begin_attempt
from jobs.lifecycle.transitions import ROOM, NoRoom, move_job

log = structlog.get_logger(__name__)


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
    Of an adopted one: whether its node was done with it, and how many holders of its prompt ended without a word.
    """

    job_id: UUID
    owner_id: UUID
    attempt_id: int
    token: UUID
    adopted: bool
    saving: bool = False
    lost_holders: int = 0
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
