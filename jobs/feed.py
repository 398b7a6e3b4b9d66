"""A person's feed: one event for each status that one of their jobs entered, and for each batch that ended.

Events are in the order in which they were committed: their numbers are taken under the lock of the owner's
UserQueue row (docs/adr/0038). So a reader who goes on after the last id it has seen misses none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from jobs.enums import FINAL, OPEN, JobStatus
from jobs.models import Batch, Job, JobEvent, UserQueue
from jobs.queries import jobs_of

BATCH_COMPLETED = "batch.completed"
TYPES = (*(f"job.{status}" for status in JobStatus.values), BATCH_COMPLETED)
COLUMNS = (
    "feed_number",
    "status",
    "created_at",
    "ends_batch",
    "job_id",
    "job__name",
    "job__batch_id",
    "job__preset_version__preset_id",
    "job__error_code",
    "job__error_message",
)


@dataclass(frozen=True)
class FeedEvent:
    """`id` rises from event to event of one person, with gaps. `type` is one of TYPES."""

    id: int
    type: str
    timestamp: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class FeedPage:
    """Events, oldest first. `after`: where the next page begins. `newest`: the same, behind all events that exist.

    `terminal`: the page is the last of a batch whose jobs are all final.
    """

    events: list[FeedEvent]
    after: int
    newest: int
    has_more: bool
    terminal: bool = False


def newest_id(owner_id: UUID) -> int:
    """The id behind which there are no events yet. One query."""
    return newest_ids([owner_id]).get(owner_id, 0)


def newest_ids(owner_ids: Collection[UUID]) -> dict[UUID, int]:
    """The same for each of these people who has events. One query."""
    numbers = UserQueue.objects.filter(pk__in=owner_ids, feed_number__gt=0)
    return {owner_id: _id_of_batch(number) for owner_id, number in numbers.values_list("pk", "feed_number")}


def read_feed(
    owner_id: UUID, after: int, *, limit: int, types: Collection[str] = (), batch: Batch | None = None
) -> FeedPage:
    """The owner's events after the id `after`, at most `limit`. No `types`: of all types.

    With a `batch`, only events of its jobs, new and reused. At most five queries.
    """
    # In this order: what ends and is numbered meanwhile is found by the later queries.
    is_over = batch is not None and not jobs_of(batch).filter(status__in=OPEN).exists()
    newest = newest_id(owner_id)
    rows = JobEvent.objects.filter(owner_id=owner_id, feed_number__gt=(after - 1) // 2, job__deleted_at=None)
    if batch:
        rows = rows.filter(job__in=jobs_of(batch).order_by().values("pk"))
    if types:
        rows = rows.filter(_of_types(types))
    found = list(rows.order_by("feed_number").values(*COLUMNS)[: limit + 1])
    shown = found[:limit]
    events = [each for each in _describe(shown) if each.id > after and _is_wanted(each, types, batch)]
    has_more = len(found) > limit or len(events) > limit
    if len(events) > limit:
        end = events[limit - 1].id
    else:
        end = max(after, _id_of_batch(shown[-1]["feed_number"]) if shown else 0, 0 if has_more else newest)
    return FeedPage(events[:limit], end, newest, has_more, terminal=is_over and not has_more)


def describe(events: QuerySet[JobEvent]) -> list[FeedEvent]:
    """What these events of a feed say, in their order, with the ends of batches that they are. At most two queries.

    `error` is the job's present error, and the counts of a batch are those of its jobs now: they differ from
    those of the moment only if staff completed a failed job or a job was deleted since.
    """
    return list(_describe(list(events.values(*COLUMNS))))


def _describe(rows: Collection[Mapping[str, Any]]) -> Iterator[FeedEvent]:
    counts = _count_jobs({row["job__batch_id"] for row in rows if row["ends_batch"]})
    for row in rows:
        yield FeedEvent(2 * row["feed_number"], f"job.{row['status']}", row["created_at"], _data_of_job(row))
        if row["ends_batch"]:
            batch_id = row["job__batch_id"]
            data = {"batch_id": batch_id, **counts[batch_id]}
            yield FeedEvent(_id_of_batch(row["feed_number"]), BATCH_COMPLETED, row["created_at"], data)


def _id_of_batch(feed_number: int) -> int:
    """A job's event has an even id, so that the end of its batch has one of its own behind it."""
    return 2 * feed_number + 1


def _of_types(types: Collection[str]) -> Q:
    statuses = [status for status in JobStatus.values if f"job.{status}" in types]
    return Q(status__in=statuses) | (Q(ends_batch=True) if BATCH_COMPLETED in types else Q(pk=None))


def _is_wanted(event: FeedEvent, types: Collection[str], batch: Batch | None) -> bool:
    """Whether to show an event of a row that was found: the row of a job's end may also stand for its batch's."""
    if types and event.type not in types:
        return False
    return batch is None or event.type != BATCH_COMPLETED or event.data["batch_id"] == batch.id


def _data_of_job(row: Mapping[str, Any]) -> dict[str, Any]:
    error = {"code": row["job__error_code"], "message": row["job__error_message"]}
    return {
        "job_id": row["job_id"],
        "batch_id": row["job__batch_id"],
        "status": row["status"],
        "preset": row["job__preset_version__preset_id"],
        "name": row["job__name"],
        "error": error if row["status"] == JobStatus.FAILED and error["code"] else None,
    }


def _count_jobs(batch_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    if not batch_ids:
        return {}
    counted = {status: Count("pk", filter=Q(status=status)) for status in FINAL}
    jobs = Job.objects.filter(batch_id__in=batch_ids).order_by().values("batch_id")
    rows = jobs.annotate(total=Count("pk"), **counted).values_list("batch_id", "total", *counted)
    return {batch_id: dict(zip(("total", *counted), counts, strict=True)) for batch_id, *counts in rows}
