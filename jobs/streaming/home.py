"""What a person's home page shows and its socket keeps up to date: jobs in progress, and the newest results.

A batch of several jobs is one entry with the progress of the whole. Every other open job is its own entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, Q, prefetch_related_objects

from jobs.enums import OPEN, JobStatus
from jobs.models import Job
from jobs.queries import without_graphs
from jobs.streaming.batch_progress import BatchCounts, BatchProgress, count_batches
from jobs.streaming.snapshot import Snapshot, snapshots_of

MOST_ENTRIES = 20
RESULTS = 8


@dataclass(frozen=True)
class Entry:
    """A single job with its snapshot, or a batch."""

    job: Job | None = None
    now: Snapshot | None = None
    batch: BatchProgress | None = None

    @property
    def id(self) -> UUID:
        """The id of the batch or the job."""
        if self.batch:
            return self.batch.counts.id
        assert self.job
        return self.job.id

    @property
    def estimated(self) -> Snapshot | None:
        """The open job whose place, time left or reason to wait the entry shows; None if none is open."""
        return self.batch.last if self.batch else self.now

    @property
    def mark(self) -> tuple[object, ...]:
        """Differs as soon as the entry looks different."""
        if self.batch:
            return (self.batch.counts, self.batch.words)
        assert self.now
        return (self.now.sequence, self.now.position, self.now.eta, self.now.why)


@dataclass(frozen=True)
class Home:
    """`entries`: oldest first, at most MOST_ENTRIES. `results`: newest first. `open`: how many jobs are open."""

    entries: list[Entry]
    results: list[Job]
    open: int


def read_home(owner_id: UUID) -> Home:
    """Reads everything in a constant number of queries."""
    mine = Job.objects.filter(owner_id=owner_id, deleted_at=None)
    groups = mine.filter(status__in=OPEN).order_by().values("batch_id")
    groups = groups.annotate(oldest=Min("created_at"), open=Count("pk")).order_by("oldest")
    oldest = list(groups[: MOST_ENTRIES + 1])
    ids = [row["batch_id"] for row in oldest[:MOST_ENTRIES]]
    batches = count_batches([each for each in ids if each])
    several = {pk: counts for pk, counts in batches.items() if counts.total > 1}
    shown = _shown_jobs(owner_id, several, [each for each in ids if each not in several])
    results = list(
        mine.filter(status=JobStatus.COMPLETED, files_purged_at=None)
        .select_related("progress", "upload")
        .order_by("-created_at", "-id")[:RESULTS]
    )
    prefetch_related_objects([*shown, *results], without_graphs(), "artifacts")
    entries = _entries(shown, several)
    has_more = len(oldest) > MOST_ENTRIES
    count = mine.filter(status__in=OPEN).count() if has_more else sum(row["open"] for row in oldest)
    return Home(entries, results, count)


def _shown_jobs(owner_id: UUID, several: dict[UUID, BatchCounts], single: list[UUID | None]) -> list[Job]:
    """Single open jobs, and of each batch the first job and the last open one."""
    named = {each.first for each in several.values()} | {each.last_open for each in several.values()}
    alone = Q(batch_id__in=[each for each in single if each]) | (
        Q(batch=None) if None in single else Q(pk=None)
    )
    wanted = Q(pk__in=named - {None}) | (alone & Q(status__in=OPEN))
    jobs = Job.objects.filter(wanted, owner_id=owner_id).select_related("progress", "upload")
    return list(
        jobs.order_by("created_at", "id").prefetch_related("attempts__node")[: MOST_ENTRIES + len(named)]
    )


def _entries(shown: list[Job], several: dict[UUID, BatchCounts]) -> list[Entry]:
    snapshots = {now.job_id: now for now in snapshots_of([job for job in shown if not job.is_final])}
    jobs = {job.id: job for job in shown}
    singles = [job for job in shown if job.batch_id not in several and job.id in snapshots]
    batches = [
        BatchProgress(
            counts, jobs[counts.first], snapshots.get(counts.last_open) if counts.last_open else None
        )
        for counts in several.values()
        if counts.first in jobs
    ]
    entries = [
        *((job.created_at, Entry(job=job, now=snapshots[job.id])) for job in singles),
        *((batch.first.created_at, Entry(batch=batch)) for batch in batches),
    ]
    return [entry for _, entry in sorted(entries, key=lambda each: each[0])][:MOST_ENTRIES]
