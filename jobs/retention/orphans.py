"""Objects that no row names: of writers that died between storing and committing, or were too late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from accounts.audit import note
from creator.lib.storage_errors import STORAGE_ERRORS
from jobs.models import Artifact, Upload
from jobs.retention.listing import StoredObject, list_objects, remove_empty_folders

log = structlog.get_logger(__name__)
FOLDERS = ("uploads", "results")
SPARED = timedelta(days=1)
PAGE = 500


@dataclass
class Collected:
    """Objects looked at, those deleted with their bytes, and those that could not be deleted."""

    seen: int = 0
    files: int = 0
    bytes: int = 0
    failures: int = 0


def collect_orphan_files() -> Collected:
    """Deletes objects that are older than a day and named by no row. Raises the storage's errors of listing.

    A save that is under way wrote its objects minutes ago at most, and no row is ever written for older ones.
    """
    done, before = Collected(), timezone.now() - SPARED
    for folder in FOLDERS:
        for page in _pages(list_objects(default_storage, folder)):
            done.seen += len(page)
            for orphan in _orphans(page, before):
                _delete(orphan, done)
        remove_empty_folders(default_storage, folder, before=before)
    if done.files or done.failures:
        note(
            "orphan_files_deleted",
            "storage",
            {"files": done.files, "bytes": done.bytes, "failures": done.failures},
        )
    log.info("orphan_files_collected", **vars(done))
    return done


def _pages(objects: Iterable[StoredObject]) -> Iterator[list[StoredObject]]:
    """Pages of 500, so that neither the storage nor the database is ever held in memory."""
    rest = iter(objects)
    while page := list(islice(rest, PAGE)):
        yield page


def _orphans(page: Sequence[StoredObject], before: datetime) -> list[StoredObject]:
    """Nearly all old objects are named by the row whose id is in their key; only for the others are all keys looked at."""
    old = {stored.key: stored for stored in page if stored.written_at < before}
    for named in (_named_by_id, _named_at_all):
        for key in named(list(old)) if old else ():
            old.pop(key, None)
    return list(old.values())


def _named_by_id(keys: Sequence[str]) -> set[str]:
    """Keys that their own job or upload names: `results/<job>/…` and `uploads/<upload>/…`, found by index."""
    ids = {owner for key in keys if (owner := _id_in(key)) is not None}
    uploads = Upload.objects.filter(pk__in=ids).values_list("key", "preview_key", "thumbnail_key")
    artifacts = Artifact.objects.filter(job__in=ids).values_list("key", flat=True)
    return {*artifacts, *(key for of_one in uploads for key in of_one)}


def _named_at_all(keys: Sequence[str]) -> set[str]:
    of_upload = Q(key__in=keys) | Q(preview_key__in=keys) | Q(thumbnail_key__in=keys)
    uploads = Upload.objects.filter(of_upload).values_list("key", "preview_key", "thumbnail_key")
    artifacts = Artifact.objects.filter(key__in=keys).values_list("key", flat=True)
    return {*artifacts, *(key for of_one in uploads for key in of_one)}


def _id_in(key: str) -> UUID | None:
    try:
        return UUID(key.split("/")[1])
    except (ValueError, IndexError):
        return None


def _delete(orphan: StoredObject, done: Collected) -> None:
    try:
        default_storage.delete(orphan.key)
    except STORAGE_ERRORS as error:
        log.warning("orphan_file_stays", reason=str(error))
        done.failures += 1
    else:
        done.files += 1
        done.bytes += orphan.size
