"""Deletes a photo because its owner asks for it."""

from __future__ import annotations

from django.db import transaction

from creator.lib.clock import database_now
from jobs.enums import OPEN
from jobs.models import Job, Upload
from jobs.retention.purge import purge_photo


def remove_photo(photo: Upload) -> bool:
    """Deletes the photo at once. False: a job in progress uses it.

    If the storage is away, the photo has expired all the same, so no job takes it, and the purger deletes it later.
    """
    with transaction.atomic():
        mine = Upload.objects.select_for_update(no_key=True).filter(pk=photo.pk)
        if mine.first() and Job.objects.filter(upload=photo.pk, status__in=OPEN).exists():
            return False
        mine.update(expires_at=database_now())
    purge_photo(photo.pk)
    return True
