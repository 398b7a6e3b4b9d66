"""Shows staff which files are expired but not yet purged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from jobs.models import Artifact, Upload
from jobs.retention.expired import expired_artifacts, expired_uploads

SHOWN = 20


@dataclass(frozen=True)
class Overdue:
    """Expired files of one kind that still exist: number, failed deletions, oldest expiry."""

    kind: str
    files: int
    failing: int
    since: datetime | None


def overdue() -> list[Overdue]:
    """Returns the counts for results and photos, in this order."""
    counted = {
        "files": Count("pk"),
        "failing": Count("pk", filter=Q(purge_failures__gt=0)),
        "since": Min("expires_at"),
    }
    return [
        Overdue("results", **expired_artifacts().order_by().aggregate(**counted)),
        Overdue("photos", **expired_uploads().order_by().aggregate(**counted)),
    ]


def overdue_rows() -> list[Artifact | Upload]:
    """Returns up to SHOWN rows whose files could not be deleted, most failures first."""
    failing = Q(purge_failures__gt=0)
    rows: list[Artifact | Upload] = [
        *expired_artifacts().filter(failing).order_by("-purge_failures")[:SHOWN],
        *expired_uploads().filter(failing).order_by("-purge_failures")[:SHOWN],
    ]
    return sorted(rows, key=lambda row: -row.purge_failures)[:SHOWN]
