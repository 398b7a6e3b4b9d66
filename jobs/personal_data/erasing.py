"""Steps that erase a person's jobs and photos. Objects go before the rows that name them, as in `jobs.retention`."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from accounts.registry import Counts
from creator.lib.storage.deleting import delete_all, delete_folder
from creator.platform.background import NotYet
from jobs import nodes, webhooks
from jobs.enums import OPEN
from jobs.lifecycle import cancel_job
from jobs.models import Artifact, Batch, Job, PartialUpload, Upload, UserQueue, Webhook
from jobs.streaming.previews import forget_previews
from jobs.uploads.parts import FOLDER

AT_A_TIME = 100


def delete_webhooks(user: User) -> Counts:
    """Deletes webhooks with all messages, before the jobs, of whose ends they would be told."""
    mine = list(webhooks.webhooks_of(user))
    for webhook in mine:
        webhooks.delete_webhook(webhook)
    return {"webhooks": len(mine)}


def stop_jobs(user: User) -> Counts:
    """Cancels every open job, which costs nothing. Raises NotYet until the last holder has stopped."""
    mine = Job.objects.filter(owner=user, status__in=OPEN)
    asked = [cancel_job(job=job, by_staff=True) for job in mine.filter(cancel_requested_at=None)]
    if left := mine.count():
        raise NotYet(f"{left} jobs are being stopped")
    return {"cancelled": len(asked)}


def overwrite_on_nodes(user: User) -> Counts:
    """Overwrites photos and results on nodes; what a node does not allow now, a task overwrites later."""
    cleared, left = nodes.forget_files(user.pk)
    return {"attempts_cleared_on_nodes": cleared, "files_left_on_nodes": left}


def delete_jobs(user: User) -> Counts:
    """Deletes results and jobs, then batches. The ledger keeps what was charged, and names no person."""
    jobs = files = 0
    while ids := list(Job.objects.filter(owner=user).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        files += delete_all(
            default_storage, Artifact.objects.filter(job__in=ids).values_list("key", flat=True)
        )
        forget_previews(ids)
        with transaction.atomic(durable=True):
            Job.objects.filter(pk__in=ids).delete()
        jobs += len(ids)
    Batch.objects.filter(owner=user).delete()
    UserQueue.objects.filter(owner=user).delete()
    return {"jobs": jobs, "result_files": files}


def delete_photos(user: User) -> Counts:
    """Deletes photos with their previews and thumbnails, and the parts of photos that are being sent."""
    photos = 0
    mine = Upload.objects.filter(owner=user).order_by("pk")
    while keys := list(mine.values_list("pk", "key", "preview_key", "thumbnail_key")[:AT_A_TIME]):
        delete_all(default_storage, (key for row in keys for key in row[1:]))
        Upload.objects.filter(pk__in=[row[0] for row in keys]).delete()
        photos += len(keys)
    begun = PartialUpload.objects.filter(owner=user)
    for pk in begun.values_list("pk", flat=True):
        delete_folder(default_storage, f"{FOLDER}/{pk}")
    begun.delete()
    return {"photos": photos}


def is_left(user: User) -> bool:
    """Whether a request that was under way has added a photo, a job or a webhook meanwhile."""
    kinds = (Upload, PartialUpload, Job, Batch, UserQueue, Webhook)
    return any(rows.objects.filter(owner=user).exists() for rows in kinds)
