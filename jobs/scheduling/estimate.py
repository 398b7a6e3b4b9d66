"""Where a waiting job stands and how long it may take: estimates, and called so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from jobs.catalogue import servable_needs
from jobs.enums import JobStatus, Outcome
from jobs.models import Attempt, Job, UserQueue
from jobs.nodes import usable_nodes

LAST_RUNS = 50
FEWEST_RUNS = 2
QUEUE_LOOKED_AT = 500
ROUNDED_TO_S = 5


@dataclass(frozen=True)
class Wait:
    """Position in line (1 is next), seconds until done if that can be told, and why the job waits."""

    position: int | None
    eta_s: int | None
    why: str


def estimate_waits(jobs: Collection[Job]) -> dict[UUID, Wait]:
    """For each job that is not final. A constant number of queries for any number of jobs."""
    waiting = [job for job in jobs if job.status == JobStatus.QUEUED]
    running = [job for job in jobs if job.status == JobStatus.PROCESSING]
    if not waiting and not running:
        return {}
    typical = _typical_seconds({job.need for job in jobs})
    waits = {job.id: Wait(None, _rounded(_left(job, typical.get(job.need))), "") for job in running}
    if waiting:
        waits |= _estimate_queue(waiting, typical)
    return waits


def _estimate_queue(waiting: list[Job], typical: dict[str, float]) -> dict[UUID, Wait]:
    nodes = list(usable_nodes())
    needs = {job.need for job in waiting}
    servable = set().union(*(servable_needs(needs, node) for node in nodes)) if nodes else set()
    line = list(
        Job.objects.filter(status=JobStatus.QUEUED)
        .order_by("rank_at")
        .values_list("id", flat=True)[:QUEUE_LOOKED_AT]
    )
    places = {job_id: place for place, job_id in enumerate(line, start=1)}
    full = set(
        UserQueue.objects.filter(
            pk__in={job.owner_id for job in waiting}, running__gte=F("limit")
        ).values_list("owner_id", flat=True)
    )
    waits = {}
    for job in waiting:
        position, seconds = places.get(job.id), typical.get(job.need)
        can_run = job.need in servable
        eta = position * seconds / len(nodes) + seconds if can_run and position and seconds else None
        waits[job.id] = Wait(position, _rounded(eta), _why(job, can_run=can_run, full=job.owner_id in full))
    return waits


def _why(job: Job, *, can_run: bool, full: bool) -> str:
    if not can_run:
        return "No node can run this yet."
    if full:
        return "Your other photos are being made first."
    if job.not_before and job.not_before > timezone.now():
        return "A node failed. Trying again in a moment."
    return "Waiting for a free node."


def _typical_seconds(needs: Collection[str]) -> dict[str, float]:
    """Median seconds on a node of the last runs of each preset version; absent below FEWEST_RUNS."""
    runs = Attempt.objects.filter(outcome=Outcome.COMPLETED, job__need__in=needs, gpu_seconds__isnull=False)
    by_need: dict[str, list[float]] = {}
    for need, seconds in runs.order_by("-id").values_list("job__need", "gpu_seconds")[
        : LAST_RUNS * len(needs)
    ]:
        by_need.setdefault(need, []).append(seconds or 0.0)
    return {need: median(seconds) for need, seconds in by_need.items() if len(seconds) >= FEWEST_RUNS}


def _left(job: Job, typical: float | None) -> float | None:
    return None if typical is None else typical * (100 - job.progress.percent) / 100


def _rounded(seconds: float | None) -> int | None:
    """Nothing is known to the second, so nothing is said to the second."""
    return None if seconds is None else max(1, round(seconds / ROUNDED_TO_S)) * ROUNDED_TO_S
