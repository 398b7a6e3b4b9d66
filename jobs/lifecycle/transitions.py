"""The moves a job may make, and the one function that makes them.

```
            submit                 claim (token, lease, slot)
 (none) ───────────────▶ queued ────────────────────────▶ processing ──finish──▶ completed
                          │ │ ▲                               │ │ ↺ adopt (new token, same attempt)
                          │ │ └──────────requeue──────────────┤ └─────fail──────▶ failed
                          │ └─────fail (waited too long)──────┼─────────────────▶ failed
                          └───────cancel─────────▶ cancelled ◀┘ (a request; the holder ends it)
```

Whatever a transaction of this package locks, it locks in this order: job, progress, attempt, the owner's queue, photo,
and last the owner's account with its holds. No transaction holds two jobs that others can see. The owner's queue is what
all jobs of one owner have in common: what can be written before it is locked is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.ledger import release, settle
from creator.lib.returning import update_returning
from jobs.enums import FINAL, JobStatus, Outcome, Stage
from jobs.lifecycle.expiry import date_photo, kept_until
from jobs.models import Attempt, Job, JobEvent, JobProgress, UserQueue
from jobs.signals import job_changed

log = structlog.get_logger(__name__)
TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.PROCESSING, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.PROCESSING: frozenset(
        {JobStatus.QUEUED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}
COUNTED = {JobStatus.QUEUED: "queued", JobStatus.PROCESSING: "running"}
CHARGE: dict[JobStatus, Callable[[str], bool]] = {
    JobStatus.COMPLETED: settle,
    JobStatus.FAILED: release,
    JobStatus.CANCELLED: release,
}
ROOM = Q(running__lt=F("limit"))


class NoRoom(Exception):
    """The owner runs as many jobs as they may. Raised after writes: the transaction has to be rolled back."""


def move_job(
    job_id: UUID,
    owner_id: UUID,
    *,
    source: JobStatus,
    to: JobStatus,
    held: UUID | None = None,
    only: Q | None = None,
    room: Q | None = None,
    outcome: Outcome = Outcome.OPEN,
    stage: Stage = Stage.NONE,
    words: str = "",
    progress: Mapping[str, Any] | None = None,
    also: Callable[[], None] | None = None,
    **fields: Any,
) -> bool:
    """One guarded UPDATE and all that follows from it, inside the caller's transaction. False: someone else was first, nothing was written.

    A processing job moves only for its holder: `held` is the token that its row must still have. `only` narrows the
    guard further. What follows: the event, with `words` and changes of `progress`; the attempt ends with `outcome`; what
    `also` writes; the owner's counts (raises NoRoom where `room` is not true of them); and of a final job the photo
    gets its date and the credits are settled or released.
    """
    if to not in TRANSITIONS[source]:
        raise ValueError(f"A job does not go from {source} to {to}.")
    guarded = Job.objects.filter(only or Q(), pk=job_id, status=source)
    if source is JobStatus.PROCESSING:
        guarded = guarded.filter(token=held)
        fields = {"token": None, "lease_until": None, **fields}
    if to is JobStatus.COMPLETED and "files_expire_at" not in fields:
        fields["files_expire_at"] = kept_until(owner_id)
    moved = update_returning(guarded, "upload_id", status=to, stage=stage, **fields)
    if moved is None:
        return False
    record_event(job_id, owner_id, status=to, stage=stage, words=words, progress=progress)
    if source is JobStatus.PROCESSING:
        _end_attempt(job_id, outcome)
    if also is not None:
        also()
    _count(owner_id, source, to, room)
    if to in FINAL:
        if moved[0] is not None:
            date_photo(UUID(str(moved[0])), fields.get("files_expire_at") or kept_until(owner_id))
        _charge(job_id, to)
    return True


def reference_of(job_id: UUID) -> str:
    """The name of the job's hold in the ledger."""
    return f"job:{job_id}"


def record_event(
    job_id: UUID,
    owner_id: UUID,
    *,
    status: JobStatus,
    stage: Stage = Stage.NONE,
    words: str = "",
    progress: Mapping[str, Any] | None = None,
) -> None:
    """Numbers and keeps a state event inside the caller's transaction; wakes watchers after commit."""
    sequence = next_sequence(job_id, **(progress or {}))
    JobEvent.objects.create(job_id=job_id, sequence=sequence, status=status, stage=stage, words=words)
    wake_after_commit(job_id, owner_id)


def next_sequence(job_id: UUID, **progress: Any) -> int:
    """Takes the job's next number and writes `progress` fields with it, in one statement."""
    rows = JobProgress.objects.filter(pk=job_id)
    taken = update_returning(rows, "sequence", sequence=F("sequence") + 1, **progress)
    if taken is None:
        raise JobProgress.DoesNotExist(f"Job {job_id} has no progress row.")
    return int(taken[0])


def wake_after_commit(job_id: UUID, owner_id: UUID) -> None:
    """A wake-up that fails is logged and lost: what was committed stays done."""
    transaction.on_commit(lambda: job_changed.send(sender=Job, job_id=job_id, owner_id=owner_id), robust=True)


def _count(owner_id: UUID, source: JobStatus, to: JobStatus, room: Q | None) -> None:
    """Takes the job from one count to the other under the row's lock: of two claims only one can be the last that fits."""
    change = {
        COUNTED[status]: F(COUNTED[status]) + step
        for status, step in ((source, -1), (to, 1))
        if status in COUNTED
    }
    if not UserQueue.objects.filter(room or Q(), pk=owner_id).update(**change) and room:
        raise NoRoom


def _end_attempt(job_id: UUID, outcome: Outcome) -> None:
    now = timezone.now()
    Attempt.objects.filter(job_id=job_id, ended_at__isnull=True).update(
        ended_at=now, outcome=outcome, node_done_at=Coalesce("node_done_at", now)
    )


def _charge(job_id: UUID, to: JobStatus) -> None:
    if not CHARGE[to](reference_of(job_id)):
        log.error("job_without_hold", job_id=str(job_id), status=to)
