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
committed. Before locking UserQueue, do every write that need not come after it: all of an owner's jobs contend
for that row. The event of a move must: its number in the owner's feed is taken under that lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from billing.ledger import release, settle
from creator.lib.clock import database_now
from creator.lib.redaction import redact
from creator.lib.returning import update_returning
from jobs.enums import FINAL, OPEN, JobStatus, Outcome, Stage
from jobs.lifecycle.credits import reference_of
from jobs.lifecycle.retention_dates import retained_until, set_photo_expiry
from jobs.lifecycle.user_queue import Counted, count_move
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
    """A move that `move_job` made: job, owner, old and new status, new stage, and the job's photo and batch."""

    job_id: UUID
    owner_id: UUID
    source: JobStatus
    to: JobStatus
    stage: Stage = Stage.NONE
    upload_id: UUID | None = None
    batch_id: UUID | None = None


class Taken(NamedTuple):
    """A job's next sequence number, and its percentage at that moment."""

    sequence: int
    percent: float


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
    row = update_returning(jobs.filter(status=source), "id", "upload_id", "batch_id", **changes)
    if row is None:
        return None
    job_id, upload_id, batch_id = (None if key is None else UUID(str(key)) for key in row)
    assert job_id is not None  # a primary key
    return Move(job_id, owner_id, source, to, stage, upload_id, batch_id)


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
    # 1. Progress.
    taken = advance(move.job_id, progress)
    # 2. The attempt and its artifacts.
    if move.source is JobStatus.PROCESSING:
        _end_attempt(move.job_id, outcome, cause)
    if artifacts:
        Artifact.objects.bulk_create(artifacts)
    # 3. The owner's counts, and the event under its number.
    counted = count_move(move.owner_id, move.source, move.to)
    record_move(move, taken, counted, reason=cause.words)
    if move.to in FINAL:
        _follow_end(move, until, counted)
    # 6. Receivers, whose rows are committed together with the move.
    tell_of_move(move, counted)


def _follow_end(move: Move, until: Combinable | None, counted: Counted) -> None:
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
    job_ended.send(
        sender=Job,
        job_id=move.job_id,
        owner_id=move.owner_id,
        status=move.to,
        is_wanted=counted.wants_ends,
    )


def record_event(job_id: UUID, owner_id: UUID, *, status: JobStatus, stage: Stage = Stage.NONE) -> None:
    """Stores an event that is no move, such as a new stage; wakes watchers after the caller's commit."""
    sequence, percent = advance(job_id)
    JobEvent.objects.create(job_id=job_id, sequence=sequence, status=status, stage=stage, percent=percent)
    wake_after_commit(job_id, owner_id)


def record_move(move: Move, taken: Taken, counted: Counted, *, reason: str = "") -> None:
    """Stores the event of a move; wakes watchers, and readers of the feed, after the caller's commit.

    Call it after `count_move`, whose lock lasts until the commit: of several jobs that end a batch at the same
    time, only the last finds that no job of the batch is open.
    """
    JobEvent.objects.create(
        job_id=move.job_id,
        sequence=taken.sequence,
        status=move.to,
        stage=move.stage,
        reason=reason,
        percent=taken.percent,
        owner_id=move.owner_id if counted.feed_number else None,
        feed_number=counted.feed_number or None,
        ends_batch=_ends_batch(move),
    )
    wake_after_commit(move.job_id, move.owner_id, moved=True)


def _ends_batch(move: Move) -> Combinable | bool:
    if move.batch_id is None or move.to not in FINAL:
        return False
    return ~Exists(Job.objects.filter(batch_id=move.batch_id, status__in=OPEN))


def tell_of_move(move: Move, counted: Counted) -> None:
    """Sends `jobs_moved`, as the last step of a move."""
    tell_of_moves([move.job_id], move.owner_id, move.to, counted)


def tell_of_moves(job_ids: Sequence[UUID], owner_id: UUID, to: JobStatus, counted: Counted) -> None:
    """The same for moves that were counted together."""
    jobs_moved.send(
        sender=Job,
        job_ids=job_ids,
        owner_id=owner_id,
        status=to,
        wanted=counted.wanted,
        feed_numbers=counted.numbers(len(job_ids)),
    )


def next_sequence(job_id: UUID) -> int:
    """Takes the job's next sequence number. Raises JobProgress.DoesNotExist."""
    return advance(job_id).sequence


def advance(job_id: UUID, progress: Columns | None = None) -> Taken:
    """Takes the job's next sequence number and writes the `progress` columns, in one statement.

    Raises JobProgress.DoesNotExist.
    """
    rows = JobProgress.objects.filter(pk=job_id)
    taken = update_returning(rows, "sequence", "percent", sequence=F("sequence") + 1, **(progress or {}))
    if taken is None:
        raise JobProgress.DoesNotExist(f"Job {job_id} has no progress row.")
    return Taken(int(taken[0]), float(taken[1]))


def wake_after_commit(job_id: UUID, owner_id: UUID, *, moved: bool = False) -> None:
    """Sends `job_changed` after commit.

    If that fails, it is logged and lost; the transaction stays committed.
    """
    facts = {"job_id": job_id, "owner_id": owner_id, "moved": moved}
    transaction.on_commit(lambda: job_changed.send(sender=Job, **facts), robust=True)


def _end_attempt(job_id: UUID, outcome: Outcome, cause: Cause) -> None:
    now = database_now()
    Attempt.objects.filter(job_id=job_id, ended_at__isnull=True).update(
        ended_at=now,
        outcome=outcome,
        node_done_at=Coalesce("node_done_at", now),
        error=cause.error,
        error_detail=redact(cause.detail, limit=DETAIL_LENGTH),
    )
