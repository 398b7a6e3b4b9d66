"""Stores a normalised photo: three objects, then its row."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from billing.plans import PlanLimits
from creator.lib.clock import read_database_now
from creator.lib.errors import Refused
from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.models import Upload
from jobs.uploads.metadata.text import display_name
from jobs.uploads.normalise import PHOTO, PREVIEW, THUMBNAIL, NormalisedPhoto
from jobs.uploads.unused import require_room

log = structlog.get_logger(__name__)
UNUSED_KEPT = timedelta(hours=24)
Inserted = TypeVar("Inserted")
Insert = Callable[[Upload, PlanLimits], Inserted]
"""Inserts the row, or does not if it is no longer needed. What it returns is handed on."""


def store_photo(
    *,
    owner: User,
    limits: PlanLimits,
    photo: NormalisedPhoto,
    folder: Path,
    name: str,
    insert: Insert[Inserted],
) -> Inserted:
    """Stores the files in `folder` and has the row inserted.

    Raises Refused: `service_unavailable` if the storage is away, and as `insert` does. If no row was inserted, the
    objects are deleted at once or by the nightly task.
    """
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
    row = Upload(
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
    try:
        return insert(row, limits)
    finally:
        if row._state.adding:
            _delete(keys.values())


@transaction.atomic
def insert_photo(row: Upload, limits: PlanLimits) -> Upload:
    """Parallel uploads of one person wait for each other here, so that together they do not exceed the limit.

    Raises Refused: `quota_exceeded` if others have taken the room, `not_allowed` if the account was erased meanwhile.
    """
    if User.objects.select_for_update(no_key=True).only("pk").filter(pk=row.owner_id).first() is None:
        raise Refused("not_allowed", "This account was deleted.")
    require_room(row.owner_id, limits, row.size)
    row.save(force_insert=True)
    return row


def _delete(keys: Iterable[str]) -> None:
    """Deletes what it can; each night a task deletes objects without a row."""
    try:
        for key in keys:
            default_storage.delete(key)
    except STORAGE_ERRORS as error:
        log.warning("refused_photo_stays", reason=str(error)[:300])
