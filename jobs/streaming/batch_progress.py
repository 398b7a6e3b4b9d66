"""The progress of a batch as a whole, the same for page, socket and polling."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from creator.lib.formatting import about, count
from jobs.enums import FINAL, OPEN, JobStatus
from jobs.models import Batch, Job
from jobs.queries import with_nodes, with_pictures
from jobs.streaming.snapshot import Snapshot, snapshot_of


@dataclass(frozen=True)
class BatchCounts:
    """The jobs that a batch created, by what became of them.

    `cancellable`: open and not yet asked to stop. `percent_sum`: over the processing jobs, 0 to 100 each.
    `first`, `last_open`: ids of its oldest job and of the open job that runs last.
    """

    id: UUID
    total: int
    completed: int
    failed: int
    cancelled: int
    running: int
    cancellable: int
    percent_sum: float
    first: UUID
    last_open: UUID | None

    @property
    def ended(self) -> int:
        return self.completed + self.failed + self.cancelled


@dataclass(frozen=True)
class BatchProgress:
    """A batch with the job that names it, and the snapshot of the job that ends it, if one is still open."""

    counts: BatchCounts
    first: Job
    last: Snapshot | None

    @property
    def title(self) -> str:
        """E.g. "50 pictures in Cinematic"."""
        return f"{count(self.counts.total, 'picture')} in {self.first.preset_version.manifest.title}"

    @property
    def percent(self) -> float:
        """0 to 100: the mean over all jobs, where an ended job counts in full."""
        return (100 * self.counts.ended + self.counts.percent_sum) / self.counts.total

    @property
    def terminal(self) -> bool:
        return self.counts.ended == self.counts.total

    @property
    def word(self) -> str:
        """The state as pages name it."""
        if not self.terminal:
            return "Rendering" if self.counts.running else "Queued"
        if self.counts.completed:
            return "Done"
        return "Failed" if self.counts.failed else "Cancelled"

    @property
    def words(self) -> str:
        """E.g. "12 of 50 done · 1 failed · about 3 min left"."""
        counts = self.counts
        parts = [f"{counts.completed:,} of {counts.total:,} done"]
        parts += [f"{counts.failed:,} failed"] if counts.failed else []
        parts += [f"{counts.cancelled:,} cancelled"] if counts.cancelled else []
        if self.last and self.last.eta is not None:
            parts.append(f"{about(self.last.eta)} left")
        elif self.last and not counts.running and self.last.why:
            parts.append(self.last.why)
        return " · ".join(parts)


def batch_progress(batch_id: UUID) -> BatchProgress | None:
    """The progress of one batch; None if it has no job of its own."""
    counts = count_batches([batch_id]).get(batch_id)
    if counts is None:
        return None
    wanted = [each for each in (counts.first, counts.last_open) if each]
    ends = with_nodes(with_pictures(Job.objects.filter(pk__in=wanted)))
    jobs = {job.id: job for job in ends}
    last = jobs.get(counts.last_open) if counts.last_open else None
    return BatchProgress(counts, jobs[counts.first], snapshot_of(last) if last else None)


def count_batches(ids: Collection[UUID]) -> dict[UUID, BatchCounts]:
    """Returns the counts of these batches, in two queries."""
    mine = Job.objects.filter(batch=OuterRef("pk"), deleted_at=None).order_by("rank_at").values("pk")
    ends = Batch.objects.filter(pk__in=ids).annotate(
        first=Subquery(mine[:1]), last_open=Subquery(mine.filter(status__in=OPEN).reverse()[:1])
    )
    jobs = {row.pop("batch_id"): row for row in _counted(ids)}
    return {
        each.pk: BatchCounts(id=each.pk, first=each.first, last_open=each.last_open, **jobs[each.pk])
        for each in ends
        if each.pk in jobs
    }


def _counted(ids: Collection[UUID]) -> list[dict[str, Any]]:
    of = {status: Count("pk", filter=Q(status=status)) for status in FINAL}
    processing = Q(status=JobStatus.PROCESSING)
    counted = Job.objects.filter(batch_id__in=ids, deleted_at=None).order_by().values("batch_id")
    return [
        row | {"percent_sum": row["percent_sum"] or 0.0}
        for row in counted.annotate(
            total=Count("pk"),
            completed=of[JobStatus.COMPLETED],
            failed=of[JobStatus.FAILED],
            cancelled=of[JobStatus.CANCELLED],
            running=Count("pk", filter=processing),
            cancellable=Count("pk", filter=Q(status__in=OPEN, cancel_requested_at=None)),
            percent_sum=Sum("progress__percent", filter=processing),
        )
    ]
