"""Photos that a person has sent before: found by the BLAKE3 hash of the sent file, so that it need not be sent again."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from creator.lib.clock import database_now
from jobs.models import Upload
from jobs.uploads.storing import UNUSED_KEPT


def hash_of(file: UploadedFile) -> str:
    """Returns the BLAKE3 hash (hex) of a file that was sent."""
    from blake3 import blake3  # only here: other processes do not load the library

    if isinstance(file, TemporaryUploadedFile):
        return str(blake3().update_mmap(Path(file.temporary_file_path())).hexdigest())
    hasher = blake3()
    for chunk in file.chunks():
        hasher.update(chunk)
    return str(hasher.hexdigest())


def find_known(owner_id: UUID, blake3: str) -> Upload | None:
    """Returns the person's newest stored photo that was made from this file."""
    found = stored_photos(owner_id).filter(blake3=blake3).exclude(blake3="")
    return found.order_by("-created_at").first()


def stored_photos(owner_id: UUID) -> QuerySet[Upload]:
    """The person's photos that have not expired."""
    is_stored = Q(expires_at__isnull=True) | Q(expires_at__gt=database_now(), purge_after__isnull=True)
    return Upload.objects.filter(is_stored, owner_id=owner_id)


def keep_longer(photo: Upload) -> None:
    """Keeps a photo that no open job uses as long as one that was just sent."""
    until = database_now(UNUSED_KEPT.total_seconds())
    kept = Upload.objects.filter(pk=photo.pk, expires_at__isnull=False)
    kept.update(expires_at=Greatest("expires_at", until))
    photo.refresh_from_db(fields=["expires_at"])
