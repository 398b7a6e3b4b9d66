"""Places in the queue that are on somebody's screen: estimated for all of them together, and less often than states are read."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from jobs.enums import JobStatus
from jobs.models import Job
from jobs.scheduling import estimate_waits
from jobs.streaming.rounds import Round
from jobs.streaming.snapshot import Snapshot

Place = tuple[int | None, int | None, str]


def read_places(job_ids: Collection[UUID]) -> dict[UUID, Place]:
    """Position, seconds and reason of those that are queued."""
    jobs = list(Job.objects.filter(pk__in=job_ids, status=JobStatus.QUEUED).select_related("progress"))
    return {pk: (wait.position, wait.eta_s, wait.why) for pk, wait in estimate_waits(jobs).items()}


def place_in(now: Snapshot) -> Place | None:
    """The same, as a snapshot tells it."""
    return (now.position, now.eta, now.why) if now.status == JobStatus.QUEUED else None


PLACES = Round(read_places, slower=3)
