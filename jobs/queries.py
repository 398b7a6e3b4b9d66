"""What pages and lists read. Each function's number of queries does not depend on the number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from accounts.models import User
from jobs.enums import OPEN, JobStatus
from jobs.models import Job, PresetVersion, Upload


@dataclass(frozen=True)
class Overview:
    """What home shows of a user's jobs: open ones, oldest first (the order they are done in), and the newest results whose files are there."""

    open: list[Job]
    results: list[Job]


def with_pictures(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Brings what a row or a card of a list shows."""
    return jobs.select_related("progress", "upload").prefetch_related(_versions(), "artifacts")


def with_all(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Brings what the page of a job shows."""
    return with_pictures(jobs).prefetch_related("events", "attempts__node")


def _versions() -> Prefetch:
    """Without their graphs. A version is one object for all its jobs, so that each manifest is read once."""
    return Prefetch("preset_version", PresetVersion.objects.defer("workflow"))


def list_jobs(user: User, *, status: str = "", preset: str = "", search: str = "") -> QuerySet[Job]:
    """The user's jobs, newest first; each filter that is not empty narrows them."""
    jobs = Job.objects.filter(owner=user).order_by("-created_at", "-id")
    if status:
        jobs = jobs.filter(status=status)
    if preset:
        jobs = jobs.filter(preset_version__preset_id=preset)
    if search:
        jobs = jobs.filter(name__icontains=search)
    return with_pictures(jobs)


def overview(user: User, *, open_limit: int, result_limit: int) -> Overview:
    """Both lists of home; what belongs to their jobs is fetched once for both."""
    jobs = Job.objects.filter(owner=user).select_related("progress", "upload")
    kept = jobs.filter(status=JobStatus.COMPLETED, files_purged_at=None)
    found = Overview(
        open=list(jobs.filter(status__in=OPEN).order_by("created_at", "id")[:open_limit]),
        results=list(kept.order_by("-created_at", "-id")[:result_limit]),
    )
    prefetch_related_objects(found.open + found.results, _versions(), "artifacts")
    prefetch_related_objects(found.open, "attempts__node")
    return found


def has_jobs(user: User) -> bool:
    """Whether the user ever started one."""
    return Job.objects.filter(owner=user).exists()


def uploads_of(user: User, ids: Iterable[UUID]) -> list[Upload]:
    """Those of the photos that are there and the user's, in the order asked for."""
    wanted = list(dict.fromkeys(ids))
    found = Upload.objects.filter(owner=user).in_bulk(wanted)
    return [found[each] for each in wanted if each in found]
