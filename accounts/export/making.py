"""Makes exports. If a worker dies, another one starts again from the beginning."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import timedelta

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.export.archive import count_files, write_archive
from accounts.models import DataExport
from accounts.notifications import notify
from accounts.notifications.kinds import EXPORT_READY
from creator.lib.clock import database_now
from creator.lib.storage.deleting import delete_folder
from creator.lib.storage.errors import STORAGE_ERRORS
from creator.lib.storage.writing import written
from creator.platform.background import Background, LeaseLost, finish
from creator.platform.lease import leased

log = structlog.get_logger(__name__)
FOLDER = "exports"
STORED_S = 7 * 24 * 3600
LONGEST = timedelta(hours=6)
TOLD_EVERY_S = 1.0
_one = threading.Semaphore(1)
"""Each process makes one export at a time, so that its other threads are free."""


def make_due_exports() -> int:
    """Makes exports until none is due, and returns how many it tried. 0 if this process makes one already."""
    if not _one.acquire(blocking=False):
        return 0
    try:
        return EXPORTS.work_off()
    finally:
        _one.release()


def due_exports() -> QuerySet[DataExport]:
    """Those that wait or whose maker died, and that have not failed too often."""
    return DataExport.objects.filter(
        done_at=None, failures__lt=DataExport.MOST_FAILURES, due_at__lte=database_now()
    )


def folder_of(export: DataExport) -> str:
    """Where its file is stored, and what earlier tries may have left."""
    return f"{FOLDER}/{export.pk}"


def _make(export: DataExport) -> None:
    delete_folder(default_storage, folder_of(export))
    leased(export).update(files=count_files(export.owner), files_done=0)
    key = f"{folder_of(export)}/{export.token}.zip"
    with written(default_storage, key) as file:
        write_archive(file, export.owner, _Told(export))
    try:
        _finish(export, key)
    except Exception:
        with suppress(*STORAGE_ERRORS):  # then the next try deletes it, or the purge
            default_storage.delete(key)
        raise


def _finish(export: DataExport, key: str) -> None:
    size = default_storage.size(key)
    with transaction.atomic(durable=True):
        finish(
            export,
            done_at=database_now(),
            expires_at=database_now(STORED_S),
            key=key,
            size=size,
            files_done=F("files"),
        )
        export.refresh_from_db(fields=["expires_at"])
        facts = {"expires_at": export.expires_at}
        notify(EXPORT_READY, export.owner, event_id=str(export.pk), facts=facts)
    log.info("export_made", user_id=str(export.owner_id), bytes=size)


class _Told:
    """Writes into the row how many files are done, once a second. Raises LeaseLost if another maker has it."""

    def __init__(self, export: DataExport) -> None:
        self._mine = leased(export)
        self._next = 0.0

    def __call__(self, files_done: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TOLD_EVERY_S
        if not self._mine.update(files_done=files_done):
            raise LeaseLost


EXPORTS = Background("export", due_exports, _make, at_most=LONGEST, first_wait_s=60.0)
