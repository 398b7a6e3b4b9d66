"""Files that wait to be taken and results that wait to be written, as deliveries of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zlib import crc32

from django.utils import timezone

from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import add_deliveries, ring_for_due
from drive.enums import FileState
from drive.models import FoundFile, Picture, WatchedFolder, WrittenFile

INTAKE, RESULTS = "drive_intake", "drive_result"
LANES = 2
"""Files of one folder that are read at a time: more would only take turns from other people's folders."""
AT_A_TIME = 500
WHILE_PAUSED = timedelta(hours=1)


def ask_for_files(files: Iterable[FoundFile]) -> None:
    """Has intake take these files, in this order."""
    add_deliveries([_intake_of(each) for each in files])


def ask_for_result(job_id: UUID) -> None:
    """Has the results of the job written, if it was made of a watched folder's file. Inside the job's transaction."""
    found = Picture.objects.filter(job_id=job_id).values_list("pk", "folder__connection_id").first()
    if found:
        picture, connection = found
        row = Delivery(kind=RESULTS, destination=str(connection), event_id=f"picture:{picture}")
        row.payload = {"picture": str(picture)}
        add_deliveries([row])


def ask_for_note(note: WrittenFile) -> None:
    """Has the note written."""
    row = Delivery(kind=RESULTS, destination=str(note.folder.connection_id), event_id=f"note:{note.pk}")
    row.payload = {"note": note.pk}
    add_deliveries([row])


def go_on(folder: WatchedFolder) -> None:
    """After a pause: what waits for this folder is due now, whatever became of earlier tries."""
    waiting = FoundFile.objects.filter(folder=folder, state=FileState.FOUND).order_by("pk")
    files = list(waiting.only("pk", "folder_id", "run"))
    for start in range(0, len(files), AT_A_TIME):
        _send_again(files[start : start + AT_A_TIME])
    results = Delivery.objects.filter(kind=RESULTS, destination=str(folder.connection_id))
    now = database_now()
    results.filter(done_at=None, token=None).update(attempts=0, dead_at=None, due_at=now, created_at=now)
    ring_for_due()


def try_one(folder: WatchedFolder) -> bool:
    """Has intake try the file that waits longest: whether what the folder waits for is there now. False: none waits."""
    waiting = FoundFile.objects.filter(folder=folder, state=FileState.FOUND).order_by("pk")
    files = list(waiting.only("pk", "folder_id", "run")[:1])
    _send_again(files)
    return bool(files)


def is_next(file: FoundFile) -> bool:
    """Whether no file of the folder waits longer than this one."""
    waiting = FoundFile.objects.filter(folder_id=file.folder_id, state=FileState.FOUND)
    return not waiting.filter(pk__lt=file.pk).exists()


def after_pause() -> datetime:
    """When what waits for a paused folder looks by itself whether the pause is over; `go_on` is usually earlier."""
    return timezone.now() + WHILE_PAUSED


def _send_again(files: list[FoundFile]) -> None:
    rows = [_intake_of(each) for each in files]
    known = Delivery.objects.filter(
        kind=INTAKE,
        destination__in={each.destination for each in rows},
        event_id__in=[each.event_id for each in rows],
        token=None,
    )
    now = database_now()
    known.update(attempts=0, done_at=None, dead_at=None, due_at=now, created_at=now)
    add_deliveries(rows)


def _intake_of(file: FoundFile) -> Delivery:
    lane = crc32(str(file.pk).encode()) % LANES
    return Delivery(
        kind=INTAKE,
        destination=f"{file.folder_id}/{lane}",
        event_id=f"{file.pk}:{file.run}",
        payload={"file": file.pk},
    )
