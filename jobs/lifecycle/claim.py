from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q

from creator.lib.clock import database_now, now_sql
from creator.lib.database_errors import is_locked_out
from jobs.enums import JobStatus, NodeState, Stage
from jobs.lifecycle.transitions import advance, move_job, record_move, tell_of_move
from jobs.lifecycle.user_queue import count_started
from jobs.models import Attempt, Job

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Claim:
    """The right to run a job. It lasts while `token` is the row's token and the lease has not ended.

    `since` is a `time.monotonic` reading from before the lease was requested, because the process may be
    suspended at any moment after that. For an adopted claim, `saving` says whether the node had finished the
    prompt, and `lost_holders` says how many earlier holders were lost.
    """

    job_id: UUID
    owner_id: UUID
    attempt_id: int
    token: UUID
    adopted: bool
    saving: bool = False
    lost_holders: int = 0
    since: float = field(default_factory=time.monotonic, compare=False)


class _Lost(Exception):
    """Another worker was first, or the owner's limit is reached. Rolls back the claim's transaction."""


def claim_job(*, job_id: UUID, owner_id: UUID, node_id: int, slot: int) -> Claim | None:
    """Takes the job, a place within the owner's parallel limit and the node's slot, all in one transaction.

    None if one of the three is taken, or stays locked so long that the caller should try another job.
    """
    token, since = uuid.uuid4(), time.monotonic()
    try:
        with transaction.atomic(durable=True):
            attempt_id = _claim(job_id, owner_id, node_id, slot, token)
    except _Lost:
        return None
    except OperationalError as error:
        if not is_locked_out(error):
            raise
        log.warning("claim_locked_out", job_id=str(job_id), reason=str(error))
        return None
    log.info("job_claimed", job_id=str(job_id), attempt_id=attempt_id, node_id=node_id)
    return Claim(job_id, owner_id, attempt_id, token, adopted=False, since=since)


def _claim(job_id: UUID, owner_id: UUID, node_id: int, slot: int, token: UUID) -> int:
    """Returns the new attempt's key. The steps follow the package's lock order. Raises _Lost."""
    # 1. The job, if it is still queued and its back-off is over.
    backed_off = Q(not_before__isnull=True) | Q(not_before__lte=database_now())
    lease = {"token": token, "lease_until": database_now(settings.CONFIG.lease_seconds), "not_before": None}
    moved = move_job(
        Job.objects.filter(backed_off, pk=job_id),
        owner_id=owner_id,
        source=JobStatus.QUEUED,
        to=JobStatus.PROCESSING,
        stage=Stage.STAGED,
        columns=lease,
    )
    if moved is None:
        raise _Lost
    # 2. Its progress row.
    taken = advance(job_id)
    # 3. The attempt, which takes the node's slot.
    attempt_id = _begin_attempt(job_id, node_id, slot)
    if attempt_id is None:
        raise _Lost
    # 4. The owner's queue, for which all of the owner's jobs contend, and the event under its number.
    counted = count_started(owner_id)
    if counted is None:
        raise _Lost
    record_move(moved, taken, counted)
    tell_of_move(moved, counted)
    return attempt_id


_INSERT_ATTEMPT = """
INSERT INTO jobs_attempt
       (job_id, number, node_id, slot, need, pixels, warm, prompt_id, outcome, foreign_ahead)
SELECT job.id, COALESCE((SELECT MAX(number) FROM jobs_attempt WHERE job_id = job.id), 0) + 1,
       node.id, %s, job.need, job.pixels, node.last_need = job.need, %s, '', node.foreign_prompts
  FROM jobs_job AS job CROSS JOIN jobs_node AS node
 WHERE job.id = %s AND node.id = %s AND node.state = %s
   AND (node.closed_until IS NULL OR node.closed_until <= {now})
   AND (node.barred_until IS NULL OR node.barred_until <= {now})
    ON CONFLICT (node_id, slot) WHERE node_done_at IS NULL DO NOTHING
RETURNING id
"""


def _begin_attempt(job_id: UUID, node_id: int, slot: int) -> int | None:
    """Inserts the next attempt of a locked job and returns its key.

    None if the slot is taken, or the node is not active or is closed. One statement. It waits for an uncommitted claim of
    the same slot. A conflict is not an error here, so it does not abort the transaction.
    """
    prompt = Attempt._meta.get_field("prompt_id").get_db_prep_value(uuid.uuid4(), connection)
    job = Job._meta.pk.get_db_prep_value(job_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ATTEMPT.format(now=now_sql()), [slot, prompt, job, node_id, NodeState.ACTIVE])
        row = cursor.fetchone()
    return None if row is None else int(row[0])
