"""Orphan files: stored objects that no row names. Their writer died before it committed, or was too late."""

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

from creator.lib.storage.errors import STORAGE_ERRORS
from creator.lib.storage.listing import StoredObject, list_objects, remove_empty_folders
from creator.platform.audit import write_audit_line
from jobs.models import Artifact, Upload

log = structlog.get_logger(__name__)
FOLDERS = ("uploads", "results", "parts")
"""A row that names parts expires before they are old enough to be looked at here."""
SPARED = timedelta(days=1)
PAGE = 500


@dataclass
class Collected:
    """Counts of one run: objects seen, files deleted, bytes deleted, and files that could not be deleted."""

    seen: int = 0
    files: int = 0
    bytes: int = 0
    failures: int = 0


def collect_orphan_files() -> Collected:
    """Deletes objects that are older than a day and that no row names. Raises the errors of listing.

    A day is long enough: a save in progress stored its objects minutes ago at most, and no row is ever
    written for older objects.
    """
    done, before = Collected(), timezone.now() - SPARED
    for folder in FOLDERS:
        for page in _pages(list_objects(default_storage, folder)):
            done.seen += len(page)
            for orphan in _orphans(page, before):
                _delete(orphan, done)
        remove_empty_folders(default_storage, folder, before=before)
    if done.files or done.failures:
        write_audit_line(
            "orphan_files_deleted",
            "storage",
            {"files": done.files, "bytes": done.bytes, "failures": done.failures},
        )
    log.info("orphan_files_collected", **vars(done))
    return done


def _pages(objects: Iterable[StoredObject]) -> Iterator[list[StoredObject]]:
    """Splits the listing into pages of PAGE objects, to limit memory and the size of queries."""
    rest = iter(objects)
    while page := list(islice(rest, PAGE)):
        yield page


def _orphans(page: Sequence[StoredObject], before: datetime) -> list[StoredObject]:
    """Returns the objects of a page that are older than `before` and that no row names.

    Nearly all old objects are named by the row whose id is in their key; only the rest are searched for in
    all rows.
    """
    old = {stored.key: stored for stored in page if stored.written_at < before}
    for named in (_named_by_id, _named_by_any_row):
        for key in named(list(old)) if old else ():
            old.pop(key, None)
    return list(old.values())


def _named_by_id(keys: Sequence[str]) -> set[str]:
    """Returns the keys that the job or upload in their path names; finds it by index."""
    ids = {owner for key in keys if (owner := _id_in(key)) is not None}
    uploads = Upload.objects.filter(pk__in=ids).values_list("key", "preview_key", "thumbnail_key")
    artifacts = Artifact.objects.filter(job__in=ids).values_list("key", flat=True)
    return {*artifacts, *(key for of_one in uploads for key in of_one)}


def _named_by_any_row(keys: Sequence[str]) -> set[str]:
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
