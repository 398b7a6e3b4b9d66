from __future__ import annotations

import uuid
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from creator.lib.clock import database_now
from jobs.enums import JobStatus, Stage
from jobs.lifecycle.transitions import move_job
from jobs.models import Attempt, Job, UserQueue

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
            attempt = _take(placement, token)
    except _SomeoneElseWasFirst:
        return None
    log.info("job_claimed", job_id=str(placement.job_id), attempt=attempt.number, node_id=placement.node_id)
    return Claim(placement.job_id, placement.owner_id, attempt.id, token, adopted=False)


def _take(placement: Placement, token: UUID) -> Attempt:
    due = Q(not_before__isnull=True) | Q(not_before__lte=database_now())
    if not Job.objects.filter(due, pk=placement.job_id).exists():
        raise _SomeoneElseWasFirst
    moved = move_job(
        placement.job_id,
        placement.owner_id,
        source=JobStatus.QUEUED,
        to=JobStatus.PROCESSING,
        stage=Stage.STAGED,
        token=token,
        lease_until=database_now(settings.CONFIG.lease_seconds),
        not_before=None,
    )
    # Counted after our own step up, which locked the row: two claims cannot both be the last that fits.
    within_limit = UserQueue.objects.filter(pk=placement.owner_id, running__lte=F("limit"))
    if not moved or not within_limit.exists():
        raise _SomeoneElseWasFirst
    last = Attempt.objects.filter(job_id=placement.job_id).aggregate(last=Max("number"))["last"] or 0
    try:
        return Attempt.objects.create(
            job_id=placement.job_id, number=last + 1, node_id=placement.node_id, slot=placement.slot
        )
    except IntegrityError as error:  # the slot's partial unique index: another claim filled it
        raise _SomeoneElseWasFirst from error


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
            log.info("job_adopted", job_id=str(job_id), attempt=attempt.number, at=timezone.now().isoformat())
            return Claim(job_id, owner_id, attempt.id, token, adopted=True)
    return None
