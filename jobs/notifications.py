"""Tells owners that jobs have ended: one notification for a batch, and none to a person who waited at the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse

from accounts.models import User
from accounts.notifications import Group, Kind, Letter, notify, page_at, register_kind
from jobs.enums import FINAL, FailureCode, JobStatus
from jobs.models import Job

WATCHED = timedelta(minutes=1)
"""A person who gets a picture within this time still has its page open, so there is nothing to tell."""


def _page(letter: Letter) -> str:
    """The page of the job or batch; of those that ended together, the list of all jobs."""
    facts = letter.facts
    if facts["count"] == 1:
        return letter.url(reverse("job", args=[facts["job_id"]]))
    return letter.url(f"{reverse('jobs')}?batch={facts['batch_id']}")


PICTURES = Group(
    "Pictures",
    "You get this mail because pictures that you asked for have ended while you were away.",
    several="News about {count} of your requests",
    button="See your jobs",
    link=page_at("jobs"),
)
_SAMPLE = {
    "job_id": UUID(int=1),
    "batch_id": UUID(int=2),
    "name": "beach.jpg",
    "count": 1,
    "done": 1,
    "failed": 0,
    "reason": "",
}
JOB_DONE = register_kind(
    Kind(
        name="job_done",
        title="Pictures are done",
        subject="{% if count == 1 %}{{ name }} is done{% else %}{{ done|count:'picture' }} "
        "{{ done|pluralize:'is,are' }} done{% endif %}",
        group=PICTURES,
        button="See the result",
        link=_page,
        optional=True,
        digested=True,
        sample=_SAMPLE | {"count": 14, "done": 12, "failed": 2},
    )
)
JOB_FAILED = register_kind(
    Kind(
        name="job_failed",
        title="Pictures failed",
        subject="{% if count == 1 %}{{ name }} could not be made{% else %}"
        "{{ failed|count:'picture' }} could not be made{% endif %}",
        group=PICTURES,
        button="See what happened",
        link=_page,
        optional=True,
        digested=True,
        sample=_SAMPLE | {"done": 0, "failed": 1, "reason": FailureCode.TIMEOUT.label},
    )
)


def tell_of_end(job_id: UUID, owner_id: UUID, status: JobStatus) -> None:
    """Tells the owner, in the transaction that ends the job, if this was the last open job of its batch.

    The owner's queue row is locked by then, so that of two jobs that end at the same time one sees the other's end.
    """
    if status is JobStatus.CANCELLED:
        return  # by the owner, who is at the page
    job = Job.objects.only("name", "batch_id", "created_at", "finished_at", "error_message").get(pk=job_id)
    assert job.finished_at is not None
    if job.finished_at - job.created_at < WATCHED:
        return
    counts = _count_statuses(job)
    if counts.keys() - FINAL:
        return
    done, failed = counts[JobStatus.COMPLETED], counts[JobStatus.FAILED]
    notify(
        JOB_DONE if done else JOB_FAILED,
        User.objects.get(pk=owner_id),
        event_id=str(job.batch_id or job.pk),
        facts=_facts(job, done, failed),
    )


def _count_statuses(job: Job) -> Counter[str]:
    batch = Job.objects.filter(batch=job.batch_id) if job.batch_id else Job.objects.filter(pk=job.pk)
    return Counter(batch.values_list("status", flat=True))


def _facts(job: Job, done: int, failed: int) -> Mapping[str, Any]:
    return {
        "job_id": job.pk,
        "batch_id": job.batch_id or "",
        "name": job.name,
        "count": done + failed,
        "done": done,
        "failed": failed,
        "reason": job.error_message,
    }
