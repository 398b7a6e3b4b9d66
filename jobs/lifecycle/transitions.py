"""The moves a job may make, and the one function that makes them.

```
            submit                 claim (token, lease, slot)
 (none) ───────────────▶ queued ────────────────────────▶ processing ──finish──▶ completed
                          │ │ ▲                               │ │ ↺ adopt (new token, same attempt)
                          │ │ └──────────requeue──────────────┤ └─────fail──────▶ failed
                          │ └─────fail (waited too long)──────┼─────────────────▶ failed
                          └───────cancel─────────▶ cancelled ◀┘ (a request; the holder ends it)
```
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from jobs.enums import JobStatus, Stage
from jobs.models import Job, JobEvent, JobProgress, UserQueue
from jobs.signals import job_changed

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


def move_job(
    job_id: UUID,
    owner_id: UUID,
    *,
    source: JobStatus,
    to: JobStatus,
    held: UUID | None = None,
    stage: Stage = Stage.NONE,
    words: str = "",
    **fields: Any,
) -> bool:
    """One guarded UPDATE with its event and its counts, inside the caller's transaction.

    A processing job moves only for its holder: `held` is the token that its row must still have. False: someone else was first, nothing was written.
    """
    if to not in TRANSITIONS[source]:
        raise ValueError(f"A job does not go from {source} to {to}.")
    guarded = Job.objects.filter(pk=job_id, status=source)
    if source is JobStatus.PROCESSING:
        guarded = guarded.filter(token=held)
        fields = {"token": None, "lease_until": None, **fields}
    if not guarded.update(status=to, stage=stage, **fields):
        return False
    change = {
        COUNTED[status]: F(COUNTED[status]) + step
        for status, step in ((source, -1), (to, 1))
        if status in COUNTED
    }
    UserQueue.objects.filter(pk=owner_id).update(**change)
    record_event(job_id, owner_id, status=to, stage=stage, words=words)
    return True


def record_event(
    job_id: UUID, owner_id: UUID, *, status: JobStatus, stage: Stage = Stage.NONE, words: str = ""
) -> None:
    """Numbers and keeps a state event inside the caller's transaction; wakes watchers after commit."""
    JobEvent.objects.create(
        job_id=job_id, sequence=next_sequence(job_id), status=status, stage=stage, words=words
    )
    wake_after_commit(job_id, owner_id)


def next_sequence(job_id: UUID, **progress: Any) -> int:
    """Takes the job's next number under its row's lock, writing `progress` fields with it."""
    JobProgress.objects.filter(pk=job_id).update(sequence=F("sequence") + 1, **progress)
    return JobProgress.objects.values_list("sequence", flat=True).get(pk=job_id)


def wake_after_commit(job_id: UUID, owner_id: UUID) -> None:
    """A wake-up that fails is logged and lost: what was committed stays done."""
    transaction.on_commit(lambda: job_changed.send(sender=Job, job_id=job_id, owner_id=owner_id), robust=True)
