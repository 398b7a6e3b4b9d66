"""The moves a job may make: one guarded UPDATE (`move_job`), then its other writes (`follow_move`).

```
            submit                 claim (token, lease, slot)
 (none) ───────────────▶ queued ────────────────────────▶ processing ──finish──▶ completed
                          │ │ ▲                               │ │ ↺ adopt (new token, same attempt)
                          │ │ └──────────requeue──────────────┤ └─────fail──────▶ failed
                          │ └─────fail (waited too long)──────┼─────────────────▶ failed
                          └───────cancel─────────▶ cancelled ◀┘ (a request; the holder ends it)

 failed ──finish by staff, if only saving had failed──▶ completed
```

Every transaction of this package takes its locks in this order: job, progress, attempt, the owner's UserQueue
row, photo, and last the owner's credit account with its holds. No transaction locks two jobs that are already
committed. Do every other write before locking UserQueue: all of an owner's jobs contend for that row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from billing.ledger import release, settle
from creator.lib.clock import database_now
from creator.lib.redaction import redact
from creator.lib.returning import update_returning
from jobs.enums import FINAL, JobStatus, Outcome, Stage
from jobs.lifecycle.credits import reference_of
from jobs.lifecycle.retention_dates import retained_until, set_photo_expiry
from jobs.lifecycle.user_queue import count_move
from jobs.models import Artifact, Attempt, Job, JobEvent, JobProgress
from jobs.signals import job_changed, job_ended, jobs_moved

log = structlog.get_logger(__name__)
TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.PROCESSING, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.PROCESSING: frozenset(
        {JobStatus.QUEUED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.COMPLETED}),  # only of UNFINISHED, by staff
    JobStatus.CANCELLED: frozenset(),
}
CHARGE: dict[JobStatus, Callable[[str], bool]] = {
    JobStatus.COMPLETED: settle,
    JobStatus.FAILED: release,
    JobStatus.CANCELLED: release,
}
NOT_STARTED: Mapping[str, object] = {"percent": 0, "stage_title": "", "step": 0, "steps": 0}
FINISHED: Mapping[str, object] = {"percent": 100}
DETAIL_LENGTH = 1000
Columns = Mapping[str, object]


@dataclass(frozen=True)
class Cause:
    """Why an attempt ended early.

    `words` are for the job's owner. `error` is the error's name as in docs/when-a-node-dies.md and `detail` the
    node's own text; both are for staff.
    """

    words: str = ""
    error: str = ""
    detail: str = ""


NO_CAUSE = Cause()


@dataclass(frozen=True)
class Move:
    """A move that `move_job` made: job, owner, old and new status, new stage, and the job's photo."""

    job_id: UUID
    owner_id: UUID
    source: JobStatus
    to: JobStatus
    stage: Stage = Stage.NONE
    upload_id: UUID | None = None


def move_job(
    jobs: QuerySet[Job],
    *,
    owner_id: UUID,
    source: JobStatus,
    to: JobStatus,
    stage: Stage = Stage.NONE,
    columns: Columns | None = None,
) -> Move | None:
    """Runs the guarded UPDATE inside the caller's transaction.

    None: the guard matched no row, and nothing was written. `jobs` is the guard and must select at most one
    job; for a processing job it must compare the holder's token. `columns` are written together with the
    status. Raises ValueError for a move that is not in TRANSITIONS.
    """
    if to not in TRANSITIONS[source]:
        raise ValueError(f"A job does not go from {source} to {to}.")
    leaving = {"token": None, "lease_until": None} if source is JobStatus.PROCESSING else {}
    ending = {"finished_at": database_now()} if to in FINAL else {}
    changes = {**leaving, **ending, **(columns or {}), "status": to, "stage": stage}
    row = update_returning(jobs.filter(status=source), "id", "upload_id", **changes)
    if row is None:
        return None
    job_id, upload_id = (None if key is None else UUID(str(key)) for key in row)
    assert job_id is not None  # a primary key
    return Move(job_id, owner_id, source, to, stage, upload_id)


def follow_move(
    move: Move,
    *,
    outcome: Outcome = Outcome.OPEN,
    cause: Cause = NO_CAUSE,
    progress: Columns | None = None,
    artifacts: Sequence[Artifact] = (),
    until: Combinable | None = None,
) -> None:
    """Makes every other write of a move, in the same transaction and in lock order.

    If the job was processing, its open attempt ends with `outcome` and keeps the error of `cause`; the event
    shows its words. `artifacts` are rows to insert. The photo expires at `until`; None means after the retention
    of the owner's plan.
    """
    # 1. Progress and event.
    record_event(
        move.job_id, move.owner_id, status=move.to, stage=move.stage, reason=cause.words, progress=progress
    )
    # 2. The attempt and its artifacts.
    if move.source is JobStatus.PROCESSING:
        _end_attempt(move.job_id, outcome, cause)
    if artifacts:
        Artifact.objects.bulk_create(artifacts)
    # 3. The owner's counts.
    wanted = count_move(move.owner_id, move.source, move.to)
    if move.to in FINAL:
        _follow_end(move, until)
    # 6. Receivers, whose rows are committed together with the move.
    jobs_moved.send(sender=Job, job_ids=[move.job_id], owner_id=move.owner_id, status=move.to, wanted=wanted)


def _follow_end(move: Move, until: Combinable | None) -> None:
    # 4. The photo.
    if move.upload_id is not None:
        set_photo_expiry(
            move.upload_id,
            retained_until(move.owner_id) if until is None else until,
            is_used=move.to is JobStatus.COMPLETED,
        )
    # 5. The credits, unless an earlier end released them.
    if move.source not in FINAL and not CHARGE[move.to](reference_of(move.job_id)):
        log.error("job_without_hold", job_id=str(move.job_id), status=move.to)
    job_ended.send(sender=Job, job_id=move.job_id, owner_id=move.owner_id, status=move.to)


def record_event(
    job_id: UUID,
    owner_id: UUID,
    *,
    status: JobStatus,
    stage: Stage = Stage.NONE,
    reason: str = "",
    progress: Columns | None = None,
) -> None:
    """Stores an event under the next sequence number; wakes watchers after the caller's commit."""
    sequence, percent = _advance(job_id, progress or {})
    JobEvent.objects.create(
        job_id=job_id, sequence=sequence, status=status, stage=stage, reason=reason, percent=percent
    )
    wake_after_commit(job_id, owner_id)


def next_sequence(job_id: UUID) -> int:
    """Takes the job's next sequence number. Raises JobProgress.DoesNotExist."""
    return _advance(job_id, {})[0]


def _advance(job_id: UUID, progress: Columns) -> tuple[int, float]:
    """Takes the next sequence number and writes the `progress` columns, in one statement.

    Returns the number and the job's percentage.
    """
    rows = JobProgress.objects.filter(pk=job_id)
    taken = update_returning(rows, "sequence", "percent", sequence=F("sequence") + 1, **progress)
    if taken is None:
        raise JobProgress.DoesNotExist(f"Job {job_id} has no progress row.")
    return int(taken[0]), float(taken[1])


def wake_after_commit(job_id: UUID, owner_id: UUID) -> None:
    """Sends `job_changed` after commit.

    If that fails, it is logged and lost; the transaction stays committed.
    """
    transaction.on_commit(lambda: job_changed.send(sender=Job, job_id=job_id, owner_id=owner_id), robust=True)


def _end_attempt(job_id: UUID, outcome: Outcome, cause: Cause) -> None:
    now = database_now()
    Attempt.objects.filter(job_id=job_id, ended_at__isnull=True).update(
        ended_at=now,
        outcome=outcome,
        node_done_at=Coalesce("node_done_at", now),
        error=cause.error,
        error_detail=redact(cause.detail, limit=DETAIL_LENGTH),
    )
