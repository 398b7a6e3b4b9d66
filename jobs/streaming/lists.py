"""The list of one's open jobs: which rows of it changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, Sum
from django.template.loader import render_to_string
from django.utils import timezone

from jobs.enums import JobStatus
from jobs.models import Job
from jobs.queries import with_all
from jobs.streaming.rounds import Round
from jobs.streaming.snapshot import snapshot_of

MOST_ROWS = 50
JUST_ENDED_S = 15 * 60
# Two conditions, not one on `finished_at`: each has an index of its own, so that old jobs cost nothing.
OPEN = Q(status=JobStatus.QUEUED) | Q(status=JobStatus.PROCESSING)


def read_lists(owner_ids: Collection[UUID]) -> dict[UUID, tuple[object, ...]]:
    """A mark of each owner's open jobs that is another as soon as one of them changes, comes or goes."""
    mine = Job.objects.filter(OPEN, owner_id__in=owner_ids).order_by().values("owner_id")
    marked = mine.annotate(count=Count("pk"), changes=Sum("progress__sequence"), newest=Max("created_at"))
    return {row["owner_id"]: (row["count"], row["changes"], row["newest"]) for row in marked}


LISTS = Round(read_lists)


def open_sequences(owner_id: UUID, also: Collection[UUID]) -> dict[UUID, tuple[int, bool]]:
    """Number, and whether it is open, of the owner's oldest open jobs (the next to be done) and of those in `also`."""
    mine = Job.objects.filter(owner_id=owner_id)
    oldest = mine.filter(OPEN).order_by("created_at").values_list("pk", flat=True)[:MOST_ROWS]
    wanted = mine.filter(pk__in={*oldest, *also})
    return {
        pk: (sequence, finished_at is None)
        for pk, sequence, finished_at in wanted.values_list("pk", "progress__sequence", "finished_at")
    }


def just_ended(owner_id: UUID) -> set[UUID]:
    """The owner's jobs that ended in the last minutes."""
    since = timezone.now() - timedelta(seconds=JUST_ENDED_S)
    ended = Job.objects.filter(owner_id=owner_id, finished_at__gte=since).order_by("-finished_at")
    return set(ended.values_list("pk", flat=True)[:MOST_ROWS])


def render_row(job_id: UUID) -> str:
    """A job's row as the page of lists shows it."""
    job = with_all(Job.objects.filter(pk=job_id)).get()
    return render_to_string("jobs/_live_row.html", {"job": job, "now": snapshot_of(job)})
