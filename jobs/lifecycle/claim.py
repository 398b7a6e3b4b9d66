from __future__ import annotations

import uuid
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from creator.lib.clock import database_now
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
    """The right to run a job: as long as `token` is the row's token and the lease has not ended."""

    job_id: UUID
    owner_id: UUID
    attempt_id: int
    token: UUID
    adopted: bool


class _SomeoneElseWasFirst(Exception):
    """Rolls the claiming transaction back."""


def claim_placed(placement: Placement) -> Claim | None:
    """Job, the owner's place among the running and the node's slot, in one transaction; None when one was taken."""
    token = uuid.uuid4()
    try:
        with transaction.atomic(durable=True):
            attempt_id = _take(placement, token)
    except (_SomeoneElseWasFirst, NoRoom):
        return None
    log.info("job_claimed", job_id=str(placement.job_id), attempt_id=attempt_id, node_id=placement.node_id)
    return Claim(placement.job_id, placement.owner_id, attempt_id, token, adopted=False)


def _take(placement: Placement, token: UUID) -> int:
    """The new attempt's key."""
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
    )
    attempt_id = begin_attempt(placement.job_id, placement.node_id, placement.slot) if moved else None
    if attempt_id is None:
        raise _SomeoneElseWasFirst
    return attempt_id


def adopt_orphan() -> Claim | None:
    """Takes over a job whose holder let its lease end: a new token for the same attempt and prompt.

    The old token is part of the guard, so of two adopters one gets the job and the late holder gets nothing.
    """
    orphans = Job.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=database_now())
    for job_id, owner_id, old_token in orphans.order_by("lease_until").values_list("id", "owner_id", "token")[
        :ORPHANS_LOOKED_AT
    ]:
        token = uuid.uuid4()
        adopted = orphans.filter(pk=job_id, token=old_token).update(
            token=token, lease_until=database_now(settings.CONFIG.lease_seconds)
        )
        if adopted:
            attempt = Attempt.objects.filter(job_id=job_id).latest("number")
            log.info("job_adopted", job_id=str(job_id), attempt_id=attempt.id)
            return Claim(job_id, owner_id, attempt.id, token, adopted=True)
    return None
