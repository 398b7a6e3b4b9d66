"""Pages of a list, newest first. A cursor names the last row shown, so new rows do not shift later pages."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from creator.lib.errors import Refused
from jobs.models import Job


def page_of(jobs: QuerySet[Job], *, cursor: str, limit: int) -> tuple[list[Job], str]:
    """Up to `limit` jobs after the cursor, and the cursor of the next page (empty on the last).

    `jobs` is ordered by `-created_at, -id`. Raises Refused("invalid_parameters") for an invalid cursor.
    """
    if cursor:
        at, job_id = read_cursor(cursor)
        # The first condition lets the index find the position; the second decides among rows of the same time.
        jobs = jobs.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=job_id))
    found = list(jobs[: limit + 1])
    shown = found[:limit]
    return shown, write_cursor(shown[-1]) if len(found) > limit else ""


def write_cursor(job: Job) -> str:
    """Opaque to clients but not secret: it names a position among the caller's own rows."""
    return urlsafe_b64encode(f"{job.created_at.isoformat()} {job.id.hex}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, _, job_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError("the time has no time zone")
        return at, UUID(job_id)
    except (ValueError, binascii.Error) as error:
        advice = "Take the cursor from `next` of the previous page."
        raise Refused("invalid_parameters", "Some fields need another look.", {"cursor": advice}) from error
