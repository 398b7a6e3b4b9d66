"""What pages and lists read. Each function's number of queries does not depend on the number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from jobs.enums import OPEN, JobStatus
from jobs.models import Job, PresetVersion, Upload


def with_pictures(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Brings what a row or a card of a list shows. Versions are shared between jobs, so each manifest is read once."""
    versions = Prefetch("preset_version", PresetVersion.objects.defer("workflow"))
    return jobs.select_related("progress").prefetch_related(versions, "upload", "artifacts")


def with_all(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Brings what the page of a job shows."""
    return with_pictures(jobs).prefetch_related("events", "attempts__node")


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


def open_jobs(user: User, *, limit: int) -> list[Job]:
    """Jobs that are not final, oldest first: the order in which they will be done."""
    jobs = Job.objects.filter(owner=user, status__in=OPEN).order_by("created_at", "id")
    return list(with_pictures(jobs).prefetch_related("attempts__node")[:limit])


def recent_results(user: User, *, limit: int) -> list[Job]:
    """The newest finished jobs."""
    return list(list_jobs(user, status=JobStatus.COMPLETED)[:limit])


def count_open(user: User) -> int:
    """How many jobs of the user are not final."""
    return Job.objects.filter(owner=user, status__in=OPEN).count()


def has_jobs(user: User) -> bool:
    """Whether the user ever started one."""
    return Job.objects.filter(owner=user).exists()


def presets_used(user: User) -> list[str]:
    """Slugs of the presets the user has jobs of, sorted."""
    slugs = Job.objects.filter(owner=user).order_by().values_list("preset_version__preset_id", flat=True)
    return sorted(set(slugs.distinct()))


def uploads_of(user: User, ids: Iterable[UUID]) -> list[Upload]:
    """Those of the photos that are there and the user's, in the order asked for."""
    wanted = list(dict.fromkeys(ids))
    found = Upload.objects.filter(owner=user).in_bulk(wanted)
    return [found[each] for each in wanted if each in found]
