"""Rows as the API shows them. Addresses are whole, times are ISO 8601 in UTC, sizes are bytes and pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from rest_framework.request import Request

from creator.api.views import address_of
from creator.lib.links import file_link, link_expires_at
from jobs.catalogue import OfferedPreset
from jobs.enums import ArtifactKind, JobStatus
from jobs.models import Artifact, Batch, Job, Upload
from jobs.streaming.snapshot import Snapshot, snapshots_of

SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


def show_upload(upload: Upload) -> dict[str, Any]:
    """`expires_at`: when it goes, unless a job uses it before."""
    return {
        "id": upload.id,
        "name": upload.name,
        "width": upload.width,
        "height": upload.height,
        "size": upload.size,
        "expires_at": upload.expires_at,
    }


def show_links(request: Request, job: Job) -> dict[str, str]:
    """Where to look at a job: once, as a socket, as a stream of events."""
    scheme, rest = address_of(request, f"/ws/jobs/{job.id}").split(":", 1)
    return {
        "status_url": address_of(request, reverse("api_job", args=[job.id])),
        "websocket_url": f"{SOCKET_SCHEMES[scheme]}:{rest}",
        "events_url": address_of(request, reverse("api_job_events", args=[job.id])),
    }


def show_accepted(request: Request, job: Job) -> dict[str, Any]:
    """A job that was just taken."""
    return {"job_id": str(job.id), "status": str(job.status), **show_links(request, job)}


def show_accepted_batch(request: Request, batch: Batch, jobs: Sequence[Job]) -> dict[str, Any]:
    """Several that were taken together."""
    return {
        "batch_id": str(batch.id),
        "status_url": address_of(request, reverse("api_batch", args=[batch.id])),
        "jobs": [show_accepted(request, job) for job in jobs],
    }


def show_jobs(request: Request, jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Load the jobs with `progress`, `attempts__node` and what `jobs.queries.with_pictures` brings for a constant number of queries."""
    return [_show_job(request, job, now) for job, now in zip(jobs, snapshots_of(jobs), strict=True)]


def show_job(request: Request, job: Job) -> dict[str, Any]:
    """One of `show_jobs`."""
    return show_jobs(request, [job])[0]


def _show_job(request: Request, job: Job, now: Snapshot) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        **_show_state(now),
        "preset": job.preset_version.preset_id,
        "preset_version": job.preset_version.number,
        "parameters": job.parameters,
        "seed": job.seed,
        "output_format": job.output_format,
        "price": job.price,
        "input": _show_input(job.upload),
        "artifacts": [_show_artifact(request, job, each) for each in job.artifacts.all()],
        "preview_url": _preview_address(request, now),
        "error": now.error,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "completed_at": job.finished_at,
        "files_expire_at": job.files_expire_at,
        "files_purged_at": job.files_purged_at,
        "batch_id": job.batch_id,
        "rerun_of": job.rerun_of_id,
        **show_links(request, job),
    }


def _preview_address(request: Request, now: Snapshot) -> str | None:
    """Of the latest picture of work in progress, where there is one; it asks for the key, as everything here."""
    if not now.preview_url:
        return None
    return address_of(request, reverse("api_job_preview", args=[now.job_id]))


def _show_state(now: Snapshot) -> dict[str, Any]:
    """The same names and values as in the messages of sockets and streams."""
    names = ("status", "stage", "percent", "words", "step", "steps", "position", "eta", "why", "cancelling")
    return {"sequence": now.sequence, **{name: getattr(now, name) for name in names}}


def _show_input(upload: Upload | None) -> dict[str, Any] | None:
    if upload is None:
        return None
    return {"upload_id": upload.id, "name": upload.name, "width": upload.width, "height": upload.height}


def _show_artifact(request: Request, job: Job, artifact: Artifact) -> dict[str, Any]:
    """`expires_at` is the link's; `kept_until` is the file's (null: no date yet)."""
    is_result = artifact.kind == ArtifactKind.RESULT
    name = job.result_name if is_result else f"{artifact.kind}.webp"
    return {
        "kind": artifact.kind,
        "expires_at": link_expires_at(),
        "url": address_of(request, file_link(artifact.key, name=name, inline=not is_result)),
        "content_type": artifact.content_type,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "width": artifact.width,
        "height": artifact.height,
        "kept_until": artifact.expires_at,
    }


def show_batch(request: Request, batch: Batch, jobs: Sequence[Job]) -> dict[str, Any]:
    """All jobs of the batch, and how many are in which state."""
    counted = Counter(job.status for job in jobs)
    return {
        "id": batch.id,
        "created_at": batch.created_at,
        "counts": {status: counted[status] for status in JobStatus.values},
        "finished": all(job.is_final for job in jobs),
        "jobs": show_jobs(request, jobs),
    }


def show_preset(offered: OfferedPreset) -> dict[str, Any]:
    """`parameters` is a JSON schema (2020-12) of what a job of this preset takes."""
    return {
        "slug": offered.preset.slug,
        "version": offered.version.number,
        "title": offered.manifest.title,
        "summary": offered.manifest.summary,
        "description": offered.manifest.description,
        "category": offered.manifest.category,
        "needs_photo": offered.manifest.needs_photo,
        "price": offered.preset.price,
        "available": offered.available,
        "takes_jobs": offered.takes_jobs,
        "why": offered.why,
        "parameters": offered.manifest.to_json_schema(),
    }
