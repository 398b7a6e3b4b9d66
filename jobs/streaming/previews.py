"""Previews of work in progress: in the cache for LIFETIME_S, never in a row. Losing one does no harm."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

from creator.lib.errors import Refused
from jobs.enums import JobStatus
from jobs.models import Job

LIFETIME_S = 600
PREVIEW_TYPES = ("image/jpeg", "image/png", "image/webp")


@dataclass(frozen=True)
class Preview:
    """The latest preview of a job; `number` grows with each one, so a page fetches each only once."""

    content: bytes
    mime: str
    number: int


def keep_preview(job_id: UUID, content: bytes, mime: str) -> None:
    if mime not in PREVIEW_TYPES:
        return
    number = latest_number(job_id) + 1
    cache.set(_key(job_id), [b64encode(content).decode(), mime, number], LIFETIME_S)
    cache.set(_key(job_id) + ":number", number, LIFETIME_S)


def forget_previews(job_ids: Iterable[UUID]) -> None:
    """Deletes the previews of these jobs before their time."""
    cache.delete_many([key for job_id in job_ids for key in (_key(job_id), _key(job_id) + ":number")])


def get_preview(job: Job | None) -> Preview:
    """Returns the latest preview of a processing job. Raises Refused `not_found` if there is none to show."""
    kept = cache.get(_key(job.id)) if job is not None and is_shown(job) else None
    if kept is None:
        raise Refused("not_found", "There is no preview.")
    content, mime, number = kept
    return Preview(b64decode(content), mime, number)


def is_shown(job: Job) -> bool:
    """Whether to show previews: only while a job is processing. Else pages show the photo or the result."""
    return job.status == JobStatus.PROCESSING


def latest_number(job_id: UUID) -> int:
    """The number of the latest preview; 0 if there is none."""
    return int(cache.get(_key(job_id) + ":number") or 0)


def _key(job_id: UUID) -> str:
    return f"preview:{job_id}"
