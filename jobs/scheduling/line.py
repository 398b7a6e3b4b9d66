"""Estimates the position of a queued job among all users' jobs, given that users take turns.

It is an estimate because the whole queue is never sorted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from uuid import UUID

from creator.lib.ttl_cache import TTLCache
from jobs.enums import JobStatus
from jobs.models import Job, UserQueue
from jobs.scheduling.timings import Work

FRONT = 500
OWN_LINE = 1000
CROWD_KEPT_S = 0.25  # short, because submitting a folder can add a dozen jobs in a second


Lines = dict[UUID, list[tuple[datetime, int, Work]]]
"""Owner → rank, id and work of their queued jobs, in order."""


@dataclass(frozen=True)
class Queue:
    """One user's counts, as in the user's UserQueue row."""

    queued: int
    running: int
    limit: int
    share: float

    def started_below(self, load: float) -> int:
        """How many queued jobs of this user start while the user's load (running ÷ share) is below `load`."""
        return min(self.queued, max(0, ceil(load * self.share - self.running)))

    def starts_one_at(self, load: float) -> bool:
        """Whether a job of this user starts at exactly this load.

        Ranks then decide which of two users comes first.
        """
        return (
            floor(load * self.share) == load * self.share
            and 0 <= load * self.share - self.running < self.queued
        )


@dataclass(frozen=True)
class Crowd:
    """All users with queued jobs, and the FRONT oldest queued jobs.

    Cached for CROWD_KEPT_S and shared by all estimates.
    """

    users: dict[UUID, Queue]
    alike: Counter[Queue]
    owners: tuple[UUID, ...]
    ranks: tuple[datetime, ...]
    works: tuple[Work, ...]
    ids: tuple[int, ...] = ()

    def own_lines(self, jobs: Collection[Job]) -> Lines | None:
        """As `_own_lines`, if these are all queued jobs and the given ones are among them; else None."""
        if len(self.ids) >= FRONT or not {job.id.int for job in jobs} <= set(self.ids):
            return None
        lines: Lines = {job.owner_id: [] for job in jobs}
        for owner_id, rank, job_id, work in zip(self.owners, self.ranks, self.ids, self.works, strict=True):
            if owner_id in lines:
                lines[owner_id].append((rank, job_id, work))
        return {owner: sorted(line) for owner, line in lines.items()}

    def jobs_before(self, owner_id: UUID, load: float, rank_at: datetime) -> int:
        """How many jobs of others will probably start before a job that starts at its owner's `load`."""
        mine = self.users.get(owner_id)
        others = self.alike - Counter({mine: 1}) if mine else self.alike
        before = sum(count * queue.started_below(load) for queue, count in others.items())
        place = bisect_left(self.ranks, rank_at)
        if place == FRONT:  # newer than every job that was read: treat it as the newest
            return before + sum(count for queue, count in others.items() if queue.starts_one_at(load))
        older = set(self.owners[:place]) - {owner_id}
        return before + sum(user in self.users and self.users[user].starts_one_at(load) for user in older)


@dataclass(frozen=True)
class Place:
    """Position (1 starts next), the work of the owner's own jobs ahead, and the owner's counts."""

    position: int
    own_ahead: tuple[Work, ...]
    queue: Queue


_crowd: TTLCache[None, Crowd] = TTLCache(CROWD_KEPT_S)


def read_crowd() -> Crowd:
    """Two statements, or none while the cached value is fresh.

    Their cost depends on the number of users, not of jobs.
    """
    return _crowd.get(None, _read_crowd)


def find_places(jobs: Collection[Job], crowd: Crowd) -> dict[UUID, Place]:
    """The places of queued jobs, by job id. One statement, or none if the crowd has all queued jobs.

    The p-th queued job of a user starts when the user's load has grown by p - 1 jobs. By then every other
    user has started the jobs that a smaller load allows. Jobs of a user beyond the first OWN_LINE all count
    as the user's last.
    """
    lines = crowd.own_lines(jobs) or _own_lines(jobs)
    places = {}
    for job in jobs:
        line = lines[job.owner_id]
        queue = crowd.users.get(job.owner_id) or Queue(len(line), 0, 1, 1.0)
        ahead = bisect_left(line, (job.rank_at, job.id.int))
        if ahead == OWN_LINE:
            ahead = max(ahead, queue.queued - 1)
        load = (queue.running + ahead) / queue.share
        position = 1 + ahead + crowd.jobs_before(job.owner_id, load, job.rank_at)
        places[job.id] = Place(position, tuple(work for _, _, work in line[:ahead]), queue)
    return places


def _own_lines(jobs: Collection[Job]) -> Lines:
    """Rank, id and work of each owner's first queued jobs, up to the newest rank in `jobs`."""
    owners = {job.owner_id for job in jobs}
    newest = max(job.rank_at for job in jobs)
    line = Job.objects.filter(status=JobStatus.QUEUED, owner__in=owners, rank_at__lte=newest)
    lines: Lines = defaultdict(list)
    values = line.order_by("rank_at").values_list("owner_id", "rank_at", "id", "need", "pixels")
    for owner_id, rank_at, job_id, need, pixels in values[: OWN_LINE * len(owners)]:
        lines[owner_id].append((rank_at, job_id.int, Work(need, pixels)))
    return {owner: sorted(lines[owner])[:OWN_LINE] for owner in owners}


def _read_crowd() -> Crowd:
    counts = UserQueue.objects.filter(queued__gt=0).values_list(
        "owner_id", "queued", "running", "limit", "share"
    )
    users = {owner: Queue(queued, running, limit, share) for owner, queued, running, limit, share in counts}
    front = list(
        Job.objects.filter(status=JobStatus.QUEUED)
        .order_by("rank_at")
        .values_list("owner_id", "rank_at", "need", "pixels", "id")[:FRONT]
    )
    return Crowd(
        users,
        Counter(users.values()),
        owners=tuple(owner for owner, *_ in front),
        ranks=tuple(rank for _, rank, *_ in front),
        works=tuple(Work(need, pixels) for _, _, need, pixels, _ in front),
        ids=tuple(each[4].int for each in front),
    )
