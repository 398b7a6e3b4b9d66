"""Turns a sent file into an `Upload` row; a child process decodes it (`normalise`)."""

from __future__ import annotations

import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from accounts.models import User
from billing.plans import limits_of
from creator.lib.clock import read_database_now
from creator.lib.errors import Refused
from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.decoders import Busy
from jobs.models import Upload
from jobs.uploads.metadata.text import display_name
from jobs.uploads.normalise import PHOTO, PREVIEW, THUMBNAIL, DecoderFailed, NormalisedPhoto, normalise_photo
from jobs.uploads.pool import decoders
from jobs.uploads.unfit import RefusedPhoto

log = structlog.get_logger(__name__)
UNUSED_KEPT = timedelta(hours=24)
NO_TURN = (
    "Many photos are being read at the moment, and this one had no turn yet. Send it again in a few seconds."
)
RETRY_S = 5


def accept_photo(*, owner: User, file: UploadedFile) -> Upload:
    """Decodes the photo, converts it to 8-bit sRGB, stores it and creates its row.

    Raises Refused, with the file's name in the message; nothing of a refused file is stored.
    """
    if isinstance(file, TemporaryUploadedFile):
        return accept_file(owner=owner, source=Path(file.temporary_file_path()), name=file.name or "photo")
    with tempfile.NamedTemporaryFile(dir=settings.DATA_DIR) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return accept_file(owner=owner, source=Path(copy.name), name=file.name or "photo")


def accept_file(*, owner: User, source: Path, name: str) -> Upload:
    """Like `accept_photo`, for a file on this machine; the file stays where it is."""
    limits = limits_of(owner.pk)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=settings.DATA_DIR) as folder:
        try:
            photo = normalise_photo(
                source,
                name=name,
                into=Path(folder),
                max_bytes=limits.upload_bytes,
                megapixels=limits.megapixels,
                pool=decoders(),
                person=f"user {owner.pk}",
            )
        except RefusedPhoto as refused:
            log.info("photo_refused", code=refused.code)
            raise Refused(refused.code, refused.message) from refused
        except Busy as error:
            log.info("photo_had_no_turn", user_id=owner.pk)
            raise Refused("service_unavailable", NO_TURN, headers={"Retry-After": str(RETRY_S)}) from error
        except DecoderFailed as error:
            log.error("decoder_failed", reason=str(error))
            raise Refused(
                "service_unavailable", "Photos cannot be read at the moment. Try again soon."
            ) from error
        return _store(owner, photo, Path(folder), name)


def _store(owner: User, photo: NormalisedPhoto, folder: Path, name: str) -> Upload:
    upload_id = uuid.uuid4()
    keys = {part: f"uploads/{upload_id}/{part}" for part in (PHOTO, PREVIEW, THUMBNAIL)}
    try:
        for part, key in keys.items():
            with (folder / part).open("rb") as content:
                default_storage.save(key, File(content))
    except STORAGE_ERRORS as error:
        log.warning("photo_not_stored", reason=str(error)[:300])
        raise Refused(
            "service_unavailable", "Photos cannot be stored at the moment. Try again soon."
        ) from error
    return Upload.objects.create(
        id=upload_id,
        owner=owner,
        name=display_name(name),
        key=keys[PHOTO],
        preview_key=keys[PREVIEW],
        thumbnail_key=keys[THUMBNAIL],
        sha256=photo.sha256,
        size=photo.bytes,
        width=photo.width,
        height=photo.height,
        source_format=photo.format,
        notices=photo.notices,
        expires_at=read_database_now() + UNUSED_KEPT,
    )
