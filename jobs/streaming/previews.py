"""Pictures of work in progress: kept in the cache for minutes, never in a row, gone without harm."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

KEPT_S = 600


@dataclass(frozen=True)
class Preview:
    """The latest picture; `number` grows with each, so that a page fetches each once."""

    content: bytes
    mime: str
    number: int


def keep_preview(job_id: UUID, content: bytes, mime: str) -> None:
    if mime not in ("image/jpeg", "image/png", "image/webp"):
        return
    number = latest_number(job_id) + 1
    cache.set(_key(job_id), Preview(content, mime, number), KEPT_S)
    cache.set(_key(job_id) + ":number", number, KEPT_S)


def latest_preview(job_id: UUID) -> Preview | None:
    preview: Preview | None = cache.get(_key(job_id))
    return preview


def latest_number(job_id: UUID) -> int:
    """0 while there is none."""
    return int(cache.get(_key(job_id) + ":number") or 0)


def _key(job_id: UUID) -> str:
    return f"preview:{job_id}"
