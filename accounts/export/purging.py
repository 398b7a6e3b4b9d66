"""Deletes the files of exports whose time is over, and files that no export names."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.export.making import FOLDER, folder_of
from accounts.models import DataExport
from creator.lib.clock import database_now
from creator.lib.paging import in_pages
from creator.lib.storage.deleting import delete_folder
from creator.lib.storage.errors import STORAGE_ERRORS
from creator.lib.storage.listing import list_objects, remove_empty_folders

log = structlog.get_logger(__name__)
SPARED = timedelta(days=1)


def purge_exports() -> int:
    """Returns how many exports' files it deleted. A refusal of the storage is logged; the next call tries again."""
    purged = 0
    for export in in_pages(DataExport.objects.exclude(key="").filter(expires_at__lte=database_now())):
        try:
            delete_folder(default_storage, folder_of(export))
        except STORAGE_ERRORS as error:
            log.warning("export_not_purged", export=str(export.pk), reason=type(error).__name__)
            continue
        purged += DataExport.objects.filter(pk=export.pk).update(key="", size=0)
    _delete_orphans()
    if purged:
        log.info("exports_purged", exports=purged)
    return purged


def _delete_orphans() -> None:
    """A maker that died right before it finished leaves a file that its row does not name."""
    before = timezone.now() - SPARED
    try:
        old = [each for each in list_objects(default_storage, FOLDER) if each.written_at < before]
        named = set(
            DataExport.objects.filter(key__in=[each.key for each in old]).values_list("key", flat=True)
        )
        for each in old:
            if each.key not in named:
                default_storage.delete(each.key)
        remove_empty_folders(default_storage, FOLDER, before=before)
    except STORAGE_ERRORS as error:
        log.warning("orphan_file_stays", reason=type(error).__name__)
