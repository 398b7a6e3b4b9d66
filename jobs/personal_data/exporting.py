from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from uuid import UUID

from accounts.models import User
from accounts.registry import Rows, StoredFile
from creator.lib.file_names import fit_file_name, plain_name
from creator.lib.paging import in_pages
from jobs.enums import ArtifactKind
from jobs.models import (
    Artifact,
    Attempt,
    Batch,
    JobEvent,
    JobLabel,
    PartialUpload,
    Upload,
    Webhook,
    WebhookMessage,
    WebhookTry,
)
from jobs.queries import own_jobs

LONGEST_STEM = 100
PHOTO = (
    "id",
    "name",
    "source_format",
    "width",
    "height",
    "size",
    "sha256",
    "blake3",
    "notices",
    "created_at",
    "expires_at",
)
PARTS = ("id", "name", "length", "offset", "created_at", "expires_at")
JOB = (
    *(
        "id",
        "name",
        "batch_id",
        "upload_id",
        "rerun_of_id",
        "preset_version.preset_id",
        "preset_version.number",
    ),
    *("parameters", "seed", "output_format", "price", "status", "error_code", "error_message", "created_at"),
    *("started_at", "finished_at", "cancel_requested_at", "files_expire_at", "files_purged_at"),
)
EVENT = ("job_id", "sequence", "status", "stage", "reason", "percent", "created_at")
ATTEMPT = (
    "job_id",
    "number",
    "node.name",
    "created_at",
    "execution_started_at",
    "ended_at",
    "outcome",
    "gpu_seconds",
)
FILE = ("job_id", "kind", "content_type", "width", "height", "size", "sha256", "created_at", "expires_at")

WEBHOOK = ("id", "url", "description", "events", "created_at", "failing_since", "disabled_at", "disabled_for")
MESSAGE = ("id", "webhook_id", "event_id", "type", "body", "created_at")
TRY = ("message_id", "at", "status", "answer", "problem", "seconds")


def rows_of(user: User) -> Mapping[str, Rows]:
    """Photos, batches and jobs with all that happened to them, and webhooks with what was sent to them.

    Files are named by the ids that their names end in.
    """
    of_jobs = {"job__in": own_jobs(user)}
    return {
        "photos": Rows(Upload.objects.filter(owner=user), PHOTO),
        "photos_sent_in_parts": Rows(PartialUpload.objects.filter(owner=user), PARTS),
        "batches": Rows(Batch.objects.filter(owner=user), ("id", "created_at")),
        "jobs": Rows(own_jobs(user).select_related("preset_version"), JOB),
        "labels": Rows(JobLabel.objects.filter(**of_jobs), ("job_id", "key", "value")),
        "events": Rows(JobEvent.objects.filter(**of_jobs), EVENT),
        "attempts": Rows(Attempt.objects.filter(**of_jobs).select_related("node"), ATTEMPT),
        "results": Rows(Artifact.objects.filter(**of_jobs), FILE),
        "webhooks": Rows(Webhook.objects.filter(owner=user), WEBHOOK),
        "webhook_messages": Rows(WebhookMessage.objects.filter(webhook__owner=user), MESSAGE),
        "webhook_tries": Rows(WebhookTry.objects.filter(message__webhook__owner=user), TRY),
    }


def files_of(user: User) -> Iterator[StoredFile]:
    """Photos and results. Previews and thumbnails are smaller copies of them."""
    for photo in in_pages(Upload.objects.filter(owner=user)):
        yield StoredFile(photo.key, f"photos/{_name(photo.name, photo.pk, 'png')}")
    results = Artifact.objects.filter(job__in=own_jobs(user), kind=ArtifactKind.RESULT).select_related("job")
    for result in in_pages(results):
        ending = PurePosixPath(result.key).suffix.removeprefix(".")
        yield StoredFile(result.key, f"results/{_name(result.job.name, result.job_id, ending)}")


def _name(name: str, row_id: UUID, ending: str) -> str:
    """Such as `IMG_2041-<id>.png`: the id keeps names apart."""
    stem = plain_name(PurePosixPath(name).stem)
    return fit_file_name(fit_file_name(stem, "", longest=LONGEST_STEM), f"-{row_id}.{ending}")
