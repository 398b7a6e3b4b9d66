"""Deletes a job because its owner asks for it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce

from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.platform.audit import write_audit_line
from jobs.enums import FINAL
from jobs.models import Artifact, Job, Upload
from jobs.retention.purge import purge_job, purge_photo

IN_PROGRESS = "This job is in progress. Cancel it first; you can delete it when it has ended."


def delete_job(job: Job) -> None:
    """Hides an ended job from its owner and deletes its files at once, with the photo if no other job was made from it.

    If the storage is away, the files have expired all the same, and the purger deletes them later. The ledger keeps
    what was charged. A second time changes nothing. Raises Refused `too_late` while the job is in progress.
    """
    with transaction.atomic(durable=True):
        if not _hide(job):
            return
        Artifact.objects.filter(job=job.pk).update(expires_at=database_now())
        if job.upload_id:
            _let_photo_expire(job.upload_id)
        write_audit_line("job_deleted", f"job:{job.pk}", actor_id=job.owner_id)
    purge_job(job.pk)
    if job.upload_id:
        purge_photo(job.upload_id)


def _hide(job: Job) -> bool:
    """False: the job was deleted before."""
    now = database_now()
    there = Job.objects.filter(pk=job.pk, deleted_at=None)
    purged = Coalesce("files_purged_at", now)
    if there.filter(status__in=FINAL).update(deleted_at=now, files_expire_at=now, files_purged_at=purged):
        return True
    if there.exists():
        raise Refused("too_late", IN_PROGRESS)
    return False


def _let_photo_expire(upload_id: UUID) -> None:
    """Locks the photo first: a request that takes it for a new job meanwhile is seen, or is refused."""
    photo = Upload.objects.filter(pk=upload_id)
    photo.select_for_update(no_key=True).first()
    if not Job.objects.filter(upload=upload_id, deleted_at=None).exists():
        photo.update(expires_at=database_now())
