"""Purges files whose retention is over: deletes the objects, then their rows, and writes audit lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from creator.lib.clock import database_now
from creator.lib.storage.errors import STORAGE_ERRORS
from creator.platform.audit import write_audit_line
from jobs.models import Artifact, Job, PartialUpload, Upload
from jobs.nodes import leave_photos
from jobs.retention.deleted import forget_deleted_jobs
from jobs.retention.expired import (
    Row,
    expired_artifacts,
    expired_uploads,
    give_back_rows,
    record_failure,
    take_rows,
)
from jobs.uploads.parts import drop_parts

log = structlog.get_logger(__name__)
AT_A_TIME = 150
RUN_S = 300.0
FAILURES_THAT_END_A_RUN = 3


@dataclass
class Purged:
    """Counts of one run: rows whose files were deleted, their bytes, rows with a failed deletion."""

    artifacts: int = 0
    uploads: int = 0
    bytes: int = 0
    failures: int = 0


def purge_expired(*, at_a_time: int = AT_A_TIME) -> Purged:
    """Deletes expired results and photos until none are left, the storage keeps failing, or after RUN_S."""
    done, until = Purged(), time.monotonic() + RUN_S
    _purge(expired_artifacts, _forget_artifacts, done, at_a_time, until)
    _purge(expired_uploads, _forget_uploads, done, at_a_time, until)
    forget_deleted_jobs()
    for partial in PartialUpload.objects.filter(expires_at__lte=database_now())[:at_a_time]:
        drop_parts(partial)
    if done != Purged():
        log.info("files_purged", **vars(done))
    return done


def purge_photo(upload_id: UUID) -> None:
    """The same for one photo, if it has expired and no other purger has it."""
    _purge(
        lambda: expired_uploads().filter(pk=upload_id), _forget_uploads, Purged(), 1, time.monotonic() + RUN_S
    )


def purge_job(job_id: UUID) -> None:
    """The same for the files of one job."""
    _purge(
        lambda: expired_artifacts().filter(job=job_id),
        _forget_artifacts,
        Purged(),
        AT_A_TIME,
        time.monotonic() + RUN_S,
    )


def _purge(
    expired: Callable[[], QuerySet[Row]],
    forget: Callable[[Sequence[Row], Purged], None],
    done: Purged,
    at_a_time: int,
    until: float,
) -> None:
    while time.monotonic() < until and (rows := take_rows(expired(), at_a_time)):
        gone, failed = _delete_objects(rows)
        for row in failed:
            record_failure(expired(), row)
        forget(gone, done)
        done.failures += len(failed)
        if untried := rows[len(gone) + len(failed) :]:
            give_back_rows(expired(), untried)
            return


def _delete_objects(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Returns the rows whose objects are deleted and those with a failure.

    Stops after FAILURES_THAT_END_A_RUN failures in a row; later rows are in neither list.
    """
    gone: list[Row] = []
    failed: list[Row] = []
    in_a_row = 0
    for row in rows:
        try:
            for key in _keys(row):
                default_storage.delete(key)  # deleting an absent object succeeds
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
    """Deletes the rows, marks jobs that have none left, and writes one audit line per job."""
    with transaction.atomic(durable=True):
        mine = Artifact.objects.select_for_update().filter(pk__in=[row.pk for row in gone])
        sizes: dict[UUID, list[int]] = {}
        for job_id, size in mine.order_by("pk").values_list("job_id", "size"):
            sizes.setdefault(job_id, []).append(size)
        mine.delete()
        left = Exists(Artifact.objects.filter(job=OuterRef("pk")))
        jobs = Job.objects.filter(pk__in=sizes)
        # Lock the jobs first: if two purgers each delete a part of a job's artifacts, the second one then
        # sees that none are left.
        list(jobs.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        jobs.filter(~left, files_purged_at=None).update(files_purged_at=database_now())
        for job_id, of_job in sizes.items():
            write_audit_line("files_purged", f"job:{job_id}", {"files": len(of_job), "bytes": sum(of_job)})
    done.artifacts += sum(map(len, sizes.values()))
    done.bytes += sum(map(sum, sizes.values()))


def _forget_uploads(gone: Sequence[Upload], done: Purged) -> None:
    """Deletes the rows. Jobs that used the photos stay, without them."""
    with transaction.atomic(durable=True):
        mine = Upload.objects.select_for_update().filter(pk__in=[row.pk for row in gone])
        sizes = dict(mine.order_by("pk").values_list("pk", "size"))
        leave_photos(sizes)
        mine.delete()
        for upload_id, size in sizes.items():
            write_audit_line("files_purged", f"upload:{upload_id}", {"files": 3, "bytes": size})
    done.uploads += len(sizes)
    done.bytes += sum(sizes.values())
