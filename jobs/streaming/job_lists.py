"""Finds the rows that changed in a person's list of open jobs."""

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
from jobs.streaming.polling import SharedPoll
from jobs.streaming.snapshot import snapshot_of

MOST_ROWS = 50
JUST_ENDED_S = 15 * 60
# Two conditions instead of one on `finished_at`: each has its own index, so the query never touches old jobs.
OPEN = Q(status=JobStatus.QUEUED) | Q(status=JobStatus.PROCESSING)


def read_lists(owner_ids: Collection[UUID]) -> dict[UUID, tuple[object, ...]]:
    """Returns a mark per owner that differs as soon as one of their open jobs changes, is added or ends."""
    mine = Job.objects.filter(OPEN, owner_id__in=owner_ids).order_by().values("owner_id")
    marked = mine.annotate(count=Count("pk"), changes=Sum("progress__sequence"), newest=Max("created_at"))
    return {row["owner_id"]: (row["count"], row["changes"], row["newest"]) for row in marked}


LISTS = SharedPoll(read_lists)


def open_sequences(owner_id: UUID, also: Collection[UUID]) -> dict[UUID, tuple[int, bool]]:
    """Returns job id → (sequence, whether the job is open).

    Covers the owner's oldest open jobs, which run next, and the owner's jobs in `also`.
    """
    mine = Job.objects.filter(owner_id=owner_id)
    oldest = mine.filter(OPEN).order_by("created_at").values_list("pk", flat=True)[:MOST_ROWS]
    wanted = mine.filter(pk__in={*oldest, *also})
    return {
        pk: (sequence, finished_at is None)
        for pk, sequence, finished_at in wanted.values_list("pk", "progress__sequence", "finished_at")
    }


def just_ended(owner_id: UUID) -> set[UUID]:
    """Returns the owner's jobs that ended within the last JUST_ENDED_S, at most MOST_ROWS."""
    since = timezone.now() - timedelta(seconds=JUST_ENDED_S)
    ended = Job.objects.filter(owner_id=owner_id, finished_at__gte=since).order_by("-finished_at")
    return set(ended.values_list("pk", flat=True)[:MOST_ROWS])


def render_row(job_id: UUID) -> str:
    """Returns the HTML row of a job as the list page shows it."""
    job = with_all(Job.objects.filter(pk=job_id)).get()
    return render_to_string("jobs/_live_row.html", {"job": job, "now": snapshot_of(job)})
