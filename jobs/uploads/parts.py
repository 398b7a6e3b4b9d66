"""Photos that are sent in parts: begun, continued by any web process, and made into photos like others.

Each part is an object of its own under `parts/<id>/`, and the row says which of them count. A process that dies leaves
at most an object that no row names.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from billing.plans import PlanLimits, limits_of
from creator.http.bodies.disk import has_room, no_room
from creator.lib.clock import database_now, read_database_now
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.lib.scratch import scratch_folder
from creator.lib.storage.deleting import delete_all, delete_folder
from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.models import PartialUpload, Upload
from jobs.uploads.accept import admit, decode_and_store
from jobs.uploads.metadata.text import display_name
from jobs.uploads.refusing import naming_the_plan
from jobs.uploads.storing import insert_photo
from jobs.uploads.unfit import refuse, too_many_bytes
from jobs.uploads.unused import require_room

log = structlog.get_logger(__name__)
FOLDER = "parts"
KEPT = timedelta(hours=24)
OPEN_AT_ONCE = 10
MOST_PARTS = 1000
USELESS = ("unsupported_image", "image_too_large", "body_too_large")
"""Refusals of the file itself: the same parts would be refused again."""


def begin_parts(*, owner: User, name: str, length: int) -> PartialUpload:
    """Counts one more photo of the person, of `length` bytes.

    Raises Refused: `body_too_large` if the plan takes no such file, `quota_exceeded` or `rate_limited` if it takes no
    more at the moment.
    """
    limits = limits_of(owner.pk)
    if length > limits.upload_bytes:
        raise naming_the_plan(refuse(name, too_many_bytes(limits.upload_bytes)), limits)
    admit(owner)
    with transaction.atomic():
        if User.objects.select_for_update(no_key=True).only("pk").filter(pk=owner.pk).first() is None:
            raise Refused("not_allowed", "This account was deleted.")
        if _open_of(owner) >= OPEN_AT_ONCE:
            raise Refused(
                "quota_exceeded",
                f"{count(OPEN_AT_ONCE, 'photo')} of yours are being sent in parts. Finish or delete one of them first.",
            )
        return PartialUpload.objects.create(
            owner=owner, name=display_name(name), length=length, expires_at=read_database_now() + KEPT
        )


def add_part(upload: PartialUpload, *, owner: User, offset: int, source: Path) -> PartialUpload:
    """Stores one more part, the file `source`, and makes the photo if it was the last one. Returns the row as it is then.

    Raises Refused: `wrong_offset` if other bytes are awaited, and as `accept_photo`. Of a file that is no photo nothing
    is left; after any other refusal the same part may be sent again.
    """
    size = source.stat().st_size
    if offset != upload.offset:
        raise _wrong_offset(upload)
    if offset + size > upload.length:
        raise Refused("body_too_large", f"The photo was to have {upload.length:,} bytes, and this is more.")
    if not size:
        return upload
    if len(upload.parts) >= MOST_PARTS:
        raise Refused("malformed_request", f"A photo has at most {MOST_PARTS:,} parts. Send larger ones.")
    if offset + size == upload.length:
        _finish(upload, owner, source)
    else:
        _store(upload, source, size)
    upload.refresh_from_db()
    return upload


def drop_parts(upload: PartialUpload) -> None:
    """Deletes what has arrived. If the storage is away, the row has expired, and a task deletes both later."""
    PartialUpload.objects.filter(pk=upload.pk).update(expires_at=database_now())
    with suppress(*STORAGE_ERRORS):
        delete_folder(default_storage, f"{FOLDER}/{upload.pk}")
        PartialUpload.objects.filter(pk=upload.pk).delete()


def _open_of(owner: User) -> int:
    mine = PartialUpload.objects.filter(owner=owner, expires_at__gt=database_now())
    return mine.filter(offset__lt=F("length")).count()


def _store(upload: PartialUpload, source: Path, size: int) -> None:
    key = f"{FOLDER}/{upload.pk}/{uuid.uuid4().hex}"
    try:
        with source.open("rb") as file:
            default_storage.save(key, File(file))
    except STORAGE_ERRORS as error:
        log.warning("part_not_stored", reason=str(error)[:300])
        raise _away() from error
    if not _advance(upload, upload.offset + size, [*upload.parts, key]):
        with suppress(*STORAGE_ERRORS):
            default_storage.delete(key)
        raise _wrong_offset(upload)


def _finish(upload: PartialUpload, owner: User, last: Path) -> None:
    limits = limits_of(owner.pk)
    require_room(owner.pk, limits)  # asked again at the end; else each repeat would read the photo in vain
    if not has_room():
        raise no_room()

    def insert(row: Upload, limits: PlanLimits) -> Upload:
        row.pk = upload.pk  # so whoever sent the parts knows the photo's id
        with transaction.atomic():
            if not _advance(upload, upload.length, []):
                raise _wrong_offset(upload)
            return insert_photo(row, limits)

    with tempfile.NamedTemporaryFile(dir=scratch_folder()) as whole:
        _join(upload, last, whole)
        try:
            decode_and_store(
                owner=owner,
                limits=limits,
                source=Path(whole.name),
                name=upload.name,
                insert=insert,
            )
        except Refused as refused:
            if refused.code in USELESS:
                drop_parts(upload)
            raise
    with suppress(*STORAGE_ERRORS):
        delete_all(default_storage, upload.parts)


def _join(upload: PartialUpload, last: Path, whole: tempfile._TemporaryFileWrapper[bytes]) -> None:
    try:
        for key in upload.parts:
            with default_storage.open(key) as part:
                shutil.copyfileobj(part, whole)
    except STORAGE_ERRORS as error:
        if not _waiting(upload).exists():  # another request has made the photo and deleted the parts
            raise _wrong_offset(upload) from error
        log.warning("parts_not_read", reason=str(error)[:300])
        raise _away() from error
    with last.open("rb") as file:
        shutil.copyfileobj(file, whole)
    whole.flush()


def _advance(upload: PartialUpload, offset: int, parts: list[str]) -> bool:
    """False if another request has added bytes meanwhile, or the row is gone."""
    return bool(_waiting(upload).update(offset=offset, parts=parts))


def _waiting(upload: PartialUpload) -> QuerySet[PartialUpload]:
    """The row, if nothing has arrived since it was read."""
    return PartialUpload.objects.filter(pk=upload.pk, offset=upload.offset, expires_at__gt=database_now())


def _wrong_offset(upload: PartialUpload) -> Refused:
    here = PartialUpload.objects.filter(pk=upload.pk).values_list("offset", flat=True).first() or 0
    return Refused(
        "wrong_offset",
        f"The next part begins at byte {here:,}.",
        facts={"upload_offset": here},
        headers={"Upload-Offset": str(here)},
    )


def _away() -> Refused:
    return Refused("service_unavailable", "Photos cannot be stored at the moment. Try again soon.")
