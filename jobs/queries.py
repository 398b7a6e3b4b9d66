"""Queries for pages and lists. The number of statements never depends on the number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from accounts.models import User
from jobs.enums import OPEN, JobStatus
from jobs.models import Batch, Job, PresetVersion, Upload


@dataclass(frozen=True)
class Overview:
    """The jobs on a user's home page.

    `open`: open jobs, oldest first, which is the order they run in. `results`: completed jobs whose files are
    still stored, newest first.
    """

    open: list[Job]
    results: list[Job]


def with_pictures(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what a row or card in a list shows."""
    return jobs.select_related("progress", "upload").prefetch_related(_versions(), "artifacts")


def with_all(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what a job's page shows."""
    return with_pictures(jobs).prefetch_related("events", "attempts__node")


def with_nodes(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what a snapshot needs to name the node."""
    return jobs.prefetch_related("attempts__node")


def _versions() -> Prefetch:
    """Preset versions without their graphs.

    Jobs of one version share one object, so each manifest is parsed once.
    """
    return Prefetch("preset_version", PresetVersion.objects.defer("workflow"))


def list_jobs(user: User, *, status: str = "", preset: str = "", search: str = "") -> QuerySet[Job]:
    """The user's jobs, newest first. An empty filter is ignored; `search` matches a part of the name."""
    jobs = Job.objects.filter(owner=user).order_by("-created_at", "-id")
    if status:
        jobs = jobs.filter(status=status)
    if preset:
        jobs = jobs.filter(preset_version__preset_id=preset)
    if search:
        jobs = jobs.filter(name__icontains=search)
    return with_pictures(jobs)


def overview(user: User, *, open_limit: int, result_limit: int) -> Overview:
    """Both lists of the home page. Related rows are prefetched once for both lists."""
    jobs = Job.objects.filter(owner=user).select_related("progress", "upload")
    with_files = jobs.filter(status=JobStatus.COMPLETED, files_purged_at=None)
    found = Overview(
        open=list(jobs.filter(status__in=OPEN).order_by("created_at", "id")[:open_limit]),
        results=list(with_files.order_by("-created_at", "-id")[:result_limit]),
    )
    prefetch_related_objects(found.open + found.results, _versions(), "artifacts")
    prefetch_related_objects(found.open, "attempts__node")
    return found


def has_jobs(user: User) -> bool:
    """Whether the user has ever submitted a job."""
    return Job.objects.filter(owner=user).exists()


def uploads_of(user: User, ids: Iterable[UUID]) -> list[Upload]:
    """The user's photos with these ids, in the order of `ids`.

    Leaves out missing photos and other users' photos.
    """
    wanted = list(dict.fromkeys(ids))
    found = Upload.objects.filter(owner=user).in_bulk(wanted)
    return [found[each] for each in wanted if each in found]


def jobs_of(batch: Batch) -> QuerySet[Job]:
    """All jobs of a batch, oldest first: those it created and those it reuses from earlier batches."""
    own = Job.objects.filter(batch=batch).values("pk")
    # With a single OR condition, PostgreSQL would scan the whole job table.
    return Job.objects.filter(pk__in=own.union(batch.reused.values("pk"))).order_by("rank_at")
