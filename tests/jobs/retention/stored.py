"""Makes jobs and photos whose files exist in the default storage."""

import uuid
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from creator.lib.storage.listing import list_objects
from creator.platform.models import AuditLine
from jobs.models import Artifact, Job, Upload
from tests.jobs.lifecycle import rows

GONE, AHEAD = timedelta(hours=-1), timedelta(hours=1)
KINDS = ("result", "preview", "thumbnail")


def end(job: Job, status: str = "completed") -> None:
    """Put the job into a final status without updating its owner's counts."""
    rows.put_into(job, status)


def store(key: str, content: bytes = b"0123456789") -> str:
    default_storage.save(key, ContentFile(content))
    return key


def make_results(owner, offered, *, expires_in: timedelta) -> Job:
    """A completed job with three files of ten bytes."""
    job = rows.submit_one(owner, offered)
    end(job)
    for kind in KINDS:
        key = store(f"results/{job.id}/{uuid.uuid4()}/{kind}")
        make_artifact(job, kind, key, expires_at=timezone.now() + expires_in)
    return job


def make_artifact(job: Job, kind: str, key: str, **fields) -> Artifact:
    return Artifact.objects.create(
        job=job,
        kind=kind,
        key=key,
        **{"content_type": "image/png", "sha256": "0" * 64, "size": 10, "width": 4, "height": 3} | fields,
    )


def make_photo(owner, *, expires_in: timedelta | None) -> Upload:
    """A photo with its three files."""
    photo = uuid.uuid4()
    parts = {"key": "photo", "preview_key": "preview", "thumbnail_key": "thumbnail"}
    keys = {field: store(f"uploads/{photo}/{part}") for field, part in parts.items()}
    expires_at = None if expires_in is None else timezone.now() + expires_in
    return rows.make_upload(owner, id=photo, expires_at=expires_at, **keys)


def keys_of(*made: Job | Upload) -> set[str]:
    """Return the storage keys that these jobs' and photos' rows name."""
    keys = set()
    for one in made:
        if isinstance(one, Job):
            keys.update(one.artifacts.values_list("key", flat=True))
        else:
            keys.update((one.key, one.preview_key, one.thumbnail_key))
    return keys


def keys_there() -> set[str]:
    """Return the keys of all stored objects."""
    return {found.key for folder in ("uploads", "results") for found in list_objects(default_storage, folder)}


def audit_lines() -> list[tuple]:
    """(action, subject, details) of the audit lines, sorted."""
    lines = AuditLine.objects.values_list("action", "subject", "details")
    return sorted(lines, key=lambda line: line[:2])
