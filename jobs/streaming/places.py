"""Queue positions for open pages: estimated for all of them together, less often than sequences are read."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from jobs.enums import JobStatus
from jobs.models import Job
from jobs.scheduling import estimate_waits
from jobs.streaming.polling import SharedPoll
from jobs.streaming.snapshot import Snapshot

Place = tuple[int | None, int | None, str]


def read_places(job_ids: Collection[UUID]) -> dict[UUID, Place]:
    """Returns position, estimated seconds and reason of each job that is queued."""
    jobs = list(Job.objects.filter(pk__in=job_ids, status=JobStatus.QUEUED).select_related("progress"))
    return {pk: (wait.position, wait.eta_s, wait.why) for pk, wait in estimate_waits(jobs).items()}


def place_in(now: Snapshot) -> Place | None:
    """Returns the same values as a snapshot holds them; None unless the job is queued."""
    return (now.position, now.eta, now.why) if now.status == JobStatus.QUEUED else None


PLACES = SharedPoll(read_places, slower=3)
