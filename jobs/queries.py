"""Queries for pages and lists. The number of statements never depends on the number of rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from accounts.models import User
from creator.lib.errors import Refused
from jobs.enums import JobStatus
from jobs.models import Batch, Job, PresetVersion, Upload


def with_progress(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what tells a job's state, and its photo."""
    return jobs.select_related("progress", "upload")


def with_pictures(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what a row or card in a list shows."""
    return with_progress(jobs).prefetch_related(without_graphs(), "artifacts")


def with_all(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what a job's page shows."""
    return with_pictures(jobs).prefetch_related("events", "attempts__node")


def with_labels(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what the Comfy API v2 tells of a job."""
    return with_pictures(jobs).prefetch_related("labels")


def with_nodes(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Also loads what a snapshot needs to name the node."""
    return jobs.prefetch_related("attempts__node")


def load_nodes(jobs: Sequence[Job]) -> None:
    """As `with_nodes`, for jobs that are read already; of those that nodes run, which alone name one."""
    prefetch_related_objects([job for job in jobs if job.status == JobStatus.PROCESSING], "attempts__node")


def load_pictures(jobs: Sequence[Job]) -> None:
    """As `with_pictures`, for jobs that are read with their progress already."""
    prefetch_related_objects([*jobs], without_graphs(), "artifacts")


def without_graphs(path: str = "preset_version") -> Prefetch:
    """Preset versions without their graphs.

    Jobs of one version share one object, so each manifest is parsed once.
    """
    return Prefetch(path, PresetVersion.objects.defer("workflow"))


def own_jobs(user: User) -> QuerySet[Job]:
    """The person's jobs: those that they have not deleted."""
    return Job.objects.filter(owner=user, deleted_at=None)


def list_jobs(
    user: User,
    *,
    statuses: Collection[str] = (),
    preset: str = "",
    search: str = "",
    batch: UUID | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
) -> QuerySet[Job]:
    """The user's jobs, newest first, of any of the statuses, made after and before these times.

    An empty filter is ignored; `search` matches a part of the name. Reads nothing but the jobs themselves.
    """
    jobs = own_jobs(user).order_by("-created_at", "-id")
    if statuses:
        jobs = jobs.filter(status__in=statuses)
    if preset:
        # By the versions' ids: PostgreSQL knows how rare each is, and finds it by its index.
        versions = PresetVersion.objects.filter(preset=preset).values_list("pk", flat=True)
        jobs = jobs.filter(preset_version__in=list(versions))
    if batch:
        jobs = jobs.filter(batch=batch)
    if after:
        jobs = jobs.filter(created_at__gt=after)
    if before:
        jobs = jobs.filter(created_at__lt=before)
    if search:
        jobs = jobs.filter(name__icontains=search)
    return jobs


def has_jobs(user: User) -> bool:
    """Whether the user has ever submitted a job."""
    return own_jobs(user).exists()


def uploads_of(user: User, ids: Iterable[UUID]) -> list[Upload]:
    """The user's photos with these ids, in the order of `ids`.

    Leaves out missing photos and other users' photos.
    """
    wanted = list(dict.fromkeys(ids))
    found = Upload.objects.filter(owner=user).in_bulk(wanted)
    return [found[each] for each in wanted if each in found]


def jobs_of(batch: Batch) -> QuerySet[Job]:
    """All jobs of a batch, oldest first: those it created and those it reuses from earlier batches; none that is deleted."""
    own = Job.objects.filter(batch=batch).values("pk")
    # With a single OR condition, PostgreSQL would scan the whole job table.
    all_of_it = Job.objects.filter(pk__in=own.union(batch.reused.values("pk")))
    return all_of_it.filter(deleted_at=None).order_by("rank_at")


def first_job_of(batch: Batch) -> Job:
    """The oldest job of a batch. Raises Refused("gone") if its owner has deleted all of them."""
    job = jobs_of(batch).first()
    if job is None:
        raise Refused(
            "gone", "What this request started was deleted meanwhile. Start it again if you want it."
        )
    return job
