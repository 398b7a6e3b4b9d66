"""Files whose owner's retention is over: objects first, then the rows that name them, then a line that says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.audit import note
from creator.lib.clock import database_now
from creator.lib.storage_errors import STORAGE_ERRORS
from jobs.models import Artifact, Job, Upload
from jobs.retention.expired import (
    Row,
    expired_artifacts,
    expired_uploads,
    hold_rows,
    note_failure,
    release_rows,
)

log = structlog.get_logger(__name__)
AT_A_TIME = 150
RUN_S = 300.0
FAILURES_THAT_END_A_RUN = 3


@dataclass
class Purged:
    """What one run did: rows whose files are gone, their bytes, and rows whose files could not be deleted."""

    artifacts: int = 0
    uploads: int = 0
    bytes: int = 0
    failures: int = 0


def purge_expired(*, at_a_time: int = AT_A_TIME) -> Purged:
    """Deletes expired results and photos until none are left, the storage is away, or RUN_S seconds are over."""
    done, until = Purged(), time.monotonic() + RUN_S
    _purge(expired_artifacts, _forget_artifacts, done, at_a_time, until)
    _purge(expired_uploads, _forget_uploads, done, at_a_time, until)
    if done != Purged():
        log.info("files_purged", **vars(done))
    return done


def _purge(
    expired: Callable[[], QuerySet[Row]],
    forget: Callable[[Sequence[Row], Purged], None],
    done: Purged,
    at_a_time: int,
    until: float,
) -> None:
    while time.monotonic() < until and (rows := hold_rows(expired(), at_a_time)):
        gone, failed = _delete_objects(rows)
        for row in failed:
            note_failure(expired(), row)
        forget(gone, done)
        done.failures += len(failed)
        if untried := rows[len(gone) + len(failed) :]:
            release_rows(expired(), untried)
            return


def _delete_objects(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows whose objects are gone and rows where one stayed; after some failures in a row the rest is not tried."""
    gone: list[Row] = []
    failed: list[Row] = []
    in_a_row = 0
    for row in rows:
        try:
            for key in _keys(row):
                default_storage.delete(key)  # deleting what is gone already is success
        except STORAGE_ERRORS as error:
            log.warning(
                "purge_failed", subject=_subject(row), failures=row.purge_failures + 1, reason=str(error)
            )
            failed.append(row)
            in_a_row += 1
            if in_a_row == FAILURES_THAT_END_A_RUN:
                break
        else:
            gone.append(row)
            in_a_row = 0
    return gone, failed


def _keys(row: Artifact | Upload) -> list[str]:
    return [row.key] if isinstance(row, Artifact) else [row.key, row.preview_key, row.thumbnail_key]


def _subject(row: Artifact | Upload) -> str:
    return f"artifact:{row.pk}" if isinstance(row, Artifact) else f"upload:{row.pk}"


def _forget_artifacts(gone: Sequence[Artifact], done: Purged) -> None:
    """The rows go; a job without any is marked. One line per job, made by whoever deleted the rows."""
    with transaction.atomic(durable=True):
        mine = Artifact.objects.select_for_update().filter(pk__in=[row.pk for row in gone])
        sizes: dict[UUID, list[int]] = {}
        for job_id, size in mine.order_by("pk").values_list("job_id", "size"):
            sizes.setdefault(job_id, []).append(size)
        mine.delete()
        left = Exists(Artifact.objects.filter(job=OuterRef("pk")))
        jobs = Job.objects.filter(pk__in=sizes)
        # Locked first: of two purgers that each delete a part of a job's files the second sees that the first has.
        list(jobs.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        jobs.filter(~left, files_purged_at=None).update(files_purged_at=database_now())
        for job_id, of_job in sizes.items():
            note("files_purged", f"job:{job_id}", {"files": len(of_job), "bytes": sum(of_job)})
    done.artifacts += sum(map(len, sizes.values()))
    done.bytes += sum(map(sum, sizes.values()))


def _forget_uploads(gone: Sequence[Upload], done: Purged) -> None:
    """The rows go; jobs that used the photos stay, without them."""
    with transaction.atomic(durable=True):
        mine = Upload.objects.select_for_update().filter(pk__in=[row.pk for row in gone])
        sizes = dict(mine.order_by("pk").values_list("pk", "size"))
        mine.delete()
        for upload_id, size in sizes.items():
            note("files_purged", f"upload:{upload_id}", {"files": 3, "bytes": size})
    done.uploads += len(sizes)
    done.bytes += sum(sizes.values())
