"""Estimates a job's position in the queue, the time until it is done, and the reason it waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heapreplace
from math import inf, isinf, sqrt
from operator import attrgetter
from statistics import fmean
from uuid import UUID

from django.utils import timezone

from jobs.enums import JobStatus, Stage
from jobs.models import Job
from jobs.scheduling.foreign import foreign_wait_s, others_first
from jobs.scheduling.line import Crowd, Place, find_places, read_crowd
from jobs.scheduling.pool import OpenPrompt, PoolNode, read_pool
from jobs.scheduling.remaining import Begun
from jobs.scheduling.sizes import Timing
from jobs.scheduling.timings import History, Work, histories

LAID_OUT = 50
NINE_OF_TEN = 1.2816  # standard deviations above the mean of a normal distribution


@dataclass(frozen=True)
class Wait:
    """Position in the queue (1 is next), seconds until the job is done, and why it waits.

    `eta_s` is the median and `eta_p90_s` the 90th percentile; both are None if there is no estimate.
    """

    position: int | None
    eta_s: int | None
    why: str
    eta_p90_s: int | None = None

    @classmethod
    def between(cls, soon: float | None, late: float | None, why: str, *, more: float = 0.0) -> Wait:
        """A processing job's wait: seconds for its stage, and `more` for what follows. None: no estimate."""
        if soon is None:
            return cls(None, None, why)
        return cls(None, rounded(soon + more), why, rounded(max(soon, late or soon) + more))


def estimate_waits(jobs: Collection[Job]) -> dict[UUID, Wait]:
    """The estimates of those jobs that are not final, by job id. The number of statements is constant."""
    waiting = [job for job in jobs if job.status == JobStatus.QUEUED]
    running = [job for job in jobs if job.status == JobStatus.PROCESSING]
    if not waiting and not running:
        return {}
    pool = read_pool()
    if not waiting:
        forecast = _Forecast(pool, _read_histories(running, pool, ()))
        return {job.id: forecast.of_processing(job) for job in running}
    crowd = read_crowd()
    places = find_places(waiting, crowd)
    works = {work for place in places.values() for work in place.own_ahead}
    forecast = _Forecast(pool, _read_histories(jobs, pool, works.union(crowd.works)), crowd)
    waits = {job.id: forecast.of_processing(job) for job in running}
    return waits | {job.id: forecast.of_waiting(job, places[job.id]) for job in waiting}


def _read_histories(
    jobs: Collection[Job], pool: Sequence[PoolNode], works: Collection[Work]
) -> dict[str, History]:
    staged = {prompt.work.need for node in pool for prompt in node.prompts}
    return histories({job.need for job in jobs}.union(staged, (work.need for work in works)))


@dataclass(frozen=True)
class _Ahead:
    """The jobs that will probably start earlier: timings of the owner's own jobs, and the number of others.

    `other` is the average timing of the jobs at the front of the queue. It stands for each job of another
    user.
    """

    mine: Sequence[Timing]
    others: int
    other: Timing

    @property
    def count(self) -> int:
        return len(self.mine) + self.others

    @property
    def seconds(self) -> float:
        return sum(each.p50 for each in self.mine) + self.others * self.other.p50

    @property
    def variance(self) -> float:
        return sum(_deviation(each) ** 2 for each in self.mine) + self.others * _deviation(self.other) ** 2


class _Forecast:
    """Estimates single jobs from one reading of nodes, timings and queues."""

    def __init__(
        self, pool: Sequence[PoolNode], known: Mapping[str, History], crowd: Crowd | None = None
    ) -> None:
        self.now = timezone.now()
        self.pool, self.known = pool, known
        self.held = {prompt.job_id: (node, prompt) for node in pool for prompt in node.prompts}
        self.free_in = {node.node.pk: self._seconds_before(node) for node in pool}
        timings = [timing for work in (crowd.works if crowd else ()) if (timing := self._timing(work))]
        self.others = (
            Timing(fmean(t.p50 for t in timings), fmean(t.p90 for t in timings)) if timings else None
        )

    def of_processing(self, job: Job) -> Wait:
        if job.stage == Stage.SAVING:
            return self._of_saving(job)
        if _is_silent(job, self.now):
            return Wait(None, None, "The node does not answer. Waiting for it.")
        node, prompt = self.held.get(job.id, (None, None))
        timing = self._timing(work_of(job), node, prompt.warm if prompt else None)
        if job.stage == Stage.STAGED:
            return self._of_staged(job, node, prompt, timing)
        return self._of_running(job, prompt, timing)

    def _of_staged(
        self, job: Job, node: PoolNode | None, prompt: OpenPrompt | None, timing: Timing | None
    ) -> Wait:
        why = (prompt and others_first(prompt.foreign_ahead)) or "Waiting its turn on the node."
        before = self._seconds_before(node, prompt) if node and prompt else 0.0
        if timing is None or isinf(before):
            return Wait(None, None, why)
        return Wait.between(timing.p50, timing.p90, why, more=before + self._saving(job))

    def _of_running(self, job: Job, prompt: OpenPrompt | None, timing: Timing | None) -> Wait:
        started_at = (prompt and prompt.started_at) or job.started_at or self.now
        progress = job.progress
        begun = Begun(
            elapsed_s=(self.now - started_at).total_seconds(),
            fraction=progress.percent / 100,
            reported_s=(progress.updated_at - started_at).total_seconds(),
        )
        warming = prompt is not None and prompt.warm is False and not progress.percent
        why = "The node is warming up for this preset." if warming else ""
        soon, late = map(begun.seconds_left, (timing.p50, timing.p90) if timing else (None, None))
        return Wait.between(soon, late, why, more=self._saving(job))

    def _of_saving(self, job: Job) -> Wait:
        done_at = max(
            (each.node_done_at for each in job.attempts.all() if each.node_done_at), default=self.now
        )
        left = self._saving(job) - (self.now - done_at).total_seconds()
        return Wait.between(left if left > 0 else None, None, "")

    def _saving(self, job: Job) -> float:
        return self.known[job.need].saving(job.pixels)

    def of_waiting(self, job: Job, place: Place) -> Wait:
        able = [node for node in self.pool if job.need in node.needs]
        others = min((node.node.foreign_prompts for node in able), default=0)
        full = place.queue.running >= place.queue.limit
        why = _why(job, can_run=bool(able), full=full, others=others, now=self.now)
        timings = [self._timing(work_of(job), node, self._finds_warm(job, node, place)) for node in able]
        known = [timing for timing in timings if timing]
        if not known or place.queue.limit == 0:
            return Wait(place.position, None, why)
        own = Timing(fmean(timing.p50 for timing in known), fmean(timing.p90 for timing in known))
        ahead = self._ahead(place, own)
        start = max(
            self._start(able, ahead),
            _start_within_limit(place, ahead),
            (job.not_before - self.now).total_seconds() if job.not_before else 0.0,
        )
        if isinf(start):
            return Wait(place.position, None, why)
        soon = start + own.p50 + self._saving(job)
        spread = sqrt(_deviation(own) ** 2 + ahead.variance / len(able) ** 2)
        return Wait(place.position, rounded(soon), why, rounded(soon + NINE_OF_TEN * spread))

    def _ahead(self, place: Place, own: Timing) -> _Ahead:
        mine = [self._timing(work) or own for work in place.own_ahead]
        return _Ahead(mine, max(0, place.position - 1 - len(mine)), self.others or own)

    def _start(self, able: Sequence[PoolNode], ahead: _Ahead) -> float:
        """Seconds until a node can start the job, if each job ahead takes the node that becomes free first.

        With more than LAID_OUT jobs ahead it spreads their total time evenly over the nodes. Nodes of which
        nothing tells when they are free do not count; infinite if there are no others.
        """
        free_in = [free for node in able if not isinf(free := self.free_in[node.node.pk])]
        if not free_in:
            return inf
        if ahead.count > LAID_OUT:
            return (sum(free_in) + ahead.seconds) / len(free_in)
        heapify(free_in)
        for each in [*ahead.mine, *[ahead.other] * ahead.others]:
            heapreplace(free_in, free_in[0] + each.p50)
        return free_in[0]

    def _seconds_before(self, node: PoolNode, last: OpenPrompt | None = None) -> float:
        """Seconds of work left on the node's prompts before `last`, or on all of them if `last` is None.

        Includes those of other clients. Infinite if nothing tells how long those take.
        """
        foreign = last.foreign_ahead if last else node.node.foreign_prompts
        seconds = foreign_wait_s(node.node, foreign, self.now)
        for prompt in node.prompts:
            if last and prompt.attempt_id >= last.attempt_id:
                break
            timing = self._timing(prompt.work, node, prompt.warm)
            since = prompt.started_at
            passed = (self.now - since).total_seconds() if since else 0.0
            seconds += max(0.0, timing.p50 - passed) if timing else 0.0
        return seconds

    def _finds_warm(self, job: Job, node: PoolNode, place: Place) -> bool | None:
        """Whether the node will have the job's preset loaded.

        None unless the job is next: other jobs may run before it.
        """
        return node.last_need == job.need if place.position == 1 else None

    def _timing(self, work: Work, node: PoolNode | None = None, warm: bool | None = None) -> Timing | None:
        device = node.node.device if node else None
        return self.known[work.need].timing(device=device, warm=warm, pixels=work.pixels)


def work_of(job: Job) -> Work:
    return Work(job.need, job.pixels)


def _is_silent(job: Job, now: datetime) -> bool:
    """Whether the node of a processing job failed its last check, so that it is not known when it goes on."""
    attempt = max(job.attempts.all(), key=attrgetter("number"), default=None)
    if attempt is None:
        return False
    until = attempt.node.closed_until
    return attempt.node.failures > 0 or (until is not None and until > now)


def _start_within_limit(place: Place, ahead: _Ahead) -> float:
    """Seconds until the owner is below the parallel limit, if each of the owner's jobs takes average time."""
    queue = place.queue
    over = queue.running + len(place.own_ahead) + 1 - queue.limit
    if over <= 0 or not ahead.count:
        return 0.0
    return over * (ahead.seconds / ahead.count) / queue.limit


def _deviation(timing: Timing) -> float:
    return (timing.p90 - timing.p50) / NINE_OF_TEN


def _why(job: Job, *, can_run: bool, full: bool, others: int, now: datetime) -> str:
    if not can_run:
        return "No node can run this yet."
    if full:
        return "Your other pictures are being made first."
    if job.not_before and job.not_before > now:
        return "A node failed. Trying again in a moment."
    return others_first(others) or "Waiting for a free node."


def rounded(seconds: float) -> int:
    """Rounds seconds: to 1 s below 10 s, to 5 s below 1 min, to 15 s below 10 min, then to minutes."""
    for below, step in ((10, 1), (60, 5), (600, 15)):
        if seconds < below:
            return max(1, round(seconds / step) * step)
    return round(seconds / 60) * 60
