"""Takes one file of a watched folder: read, recognised by its content, and submitted as a job exactly once."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.encryption import Unreadable
from billing.enums import Feature
from billing.plans import limits_of, require_feature
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder
from creator.platform.models import Delivery
from creator.platform.outbox import Postponed, TryAgain
from drive.enums import WAITS, FileState, Pause, SourceKind
from drive.models import Connection, FoundFile, Picture, WatchedFolder, WrittenFile
from drive.naming import is_named_like_picture
from drive.notes import leave_note
from drive.opening import open_source
from drive.pausing import note_lost, pause_folder, resume_folder
from drive.queries import spent_today
from drive.sources.base import AccessLost, Away, Changed, SourceFile, TooLarge, Vanished
from drive.waiting import after_pause, is_next
from jobs.catalogue import choose_preset
from jobs.enums import JobStatus
from jobs.lifecycle import JobRequest, submit_batch
from jobs.models import Job, Upload
from jobs.queries import jobs_of
from jobs.uploads.accept import accept_file

log = structlog.get_logger(__name__)
ROOM_S = 15.0
"""A file waits so long, and a little more for each that waits with it, while the queue of its owner is full."""
PAUSES = {
    "insufficient_credits": Pause.CREDITS,
    "payment_due": Pause.CREDITS,
    "spend_cap": Pause.CREDITS,
    "quota_exceeded": Pause.CREDITS,
    "preset_unavailable": Pause.PRESET,
    "plan_required": Pause.PLAN,
}
LATER = ("rate_limited", "service_unavailable", "gone")


class Wait(Exception):
    """The folder makes no pictures at present. The file stays found."""

    def __init__(self, why: Pause, words: str) -> None:
        super().__init__(words)
        self.why = why
        self.words = words


def take_file(delivery: Delivery) -> None:
    """The outbox's handler. A file that was taken already is left as it is, so that repeats do no harm."""
    files = FoundFile.objects.select_related("folder__connection", "folder__owner")
    file = files.filter(pk=delivery.payload["file"], state=FileState.FOUND).first()
    if file is None:
        return
    if file.folder.is_ended:
        _end(file, FileState.IGNORED)
        return
    _require_turn(file)
    try:
        _take(file)
    except Wait as wait:
        pause_folder(file.folder, wait.why, wait.words)
        raise Postponed(after_pause()) from wait
    if file.state == FileState.TAKEN and file.folder.pause in WAITS:
        resume_folder(file.folder, only=Pause(file.folder.pause))  # what the folder waited for is there


def _require_turn(file: FoundFile) -> None:
    """Raises Postponed while the folder or its connection is paused, and while the owner's queue is full.

    Of a folder that waits for something, the first file tries whether it is there.
    """
    folder, connection = file.folder, file.folder.connection
    is_paused = folder.pause and not (folder.pause in WAITS and is_next(file))
    if is_paused or not connection.is_open or connection.trouble or not folder.owner.is_active:
        raise Postponed(after_pause())
    queued = Job.objects.filter(owner=folder.owner, status=JobStatus.QUEUED).count()
    if queued >= limits_of(folder.owner_id).queued_jobs:
        raise Postponed(_when_there_is_room(folder))


def _when_there_is_room(folder: WatchedFolder) -> datetime:
    waiting = folder.files.filter(state=FileState.FOUND).count()
    return timezone.now() + timedelta(seconds=ROOM_S + waiting / 10)


def _take(file: FoundFile) -> None:
    """Raises Wait, Postponed, TryAgain."""
    _require_means(file.folder)
    if file.sha256 and (known := _made_before(file, file.sha256)):
        _end(file, FileState.COPY, picture=known)
        return
    with tempfile.TemporaryDirectory(prefix="drive-", dir=scratch_folder()) as scratch:
        content = Path(scratch) / "content"
        if not _read(file, content):
            return
        with content.open("rb") as opened:
            sha256 = file_digest(opened, "sha256").hexdigest()
        if WrittenFile.objects.filter(folder__owner_id=file.folder.owner_id, sha256=sha256).exists():
            _end(file, FileState.IGNORED, sha256=sha256)
        elif known := _made_before(file, sha256):
            _end(file, FileState.COPY, sha256=sha256, picture=known)
        else:
            _make(file, sha256, content)


def _require_means(folder: WatchedFolder) -> None:
    """Raises Wait before anything is read, if the next picture could not be paid or made."""
    try:
        if folder.connection.kind != SourceKind.FOLDER:
            require_feature(folder.owner_id, Feature.DRIVE)
        offered = choose_preset(folder.preset_id)
        offered.require_startable()
    except Refused as refused:
        raise Wait(PAUSES[refused.code], refused.message) from refused
    _require_cap(folder, offered.preset.price)


def _require_cap(folder: WatchedFolder, price: int) -> None:
    if folder.daily_cap is None:
        return
    spent = spent_today(folder.pk)
    if spent + price > folder.daily_cap:
        words = f"{spent} of {folder.daily_cap} credits are spent today. It goes on at 0:00 UTC."
        raise Wait(Pause.CAP, words)


def _made_before(file: FoundFile, sha256: str) -> Picture | None:
    same = Picture.objects.filter(
        folder=file.folder, sha256=sha256, settings=file.folder.settings_digest, run__gte=file.run
    )
    return same.filter(submitted_at__isnull=False).first()


def _read(file: FoundFile, into: Path) -> bool:
    """Whether the content is there now; if not, what became of the file is stored."""
    owner = file.folder.owner
    found = SourceFile(
        file.source_id, file.folder.input_id, file.name, file.size, file.version, file.sha256, file.mime
    )
    limits = limits_of(owner.pk)
    try:
        with open_source(file.folder.connection) as source:
            source.read(found, into, most_bytes=limits.upload_bytes)
    except TooLarge:
        most = f"{limits.upload_bytes / 1024**2:.3g} MB"
        _refuse(file, f"“{file.name}” is larger than {most}, the most that the {limits.title} plan takes.")
    except (Vanished, Changed):
        _end(file, FileState.GONE)
    except Away as error:
        raise TryAgain(str(error), error.after_s) from error
    except (AccessLost, Unreadable) as error:
        note_lost(file.folder.connection, error)
        raise Postponed(after_pause()) from error
    else:
        return True
    return False


def _make(file: FoundFile, sha256: str, content: Path) -> None:
    """Raises Wait, Postponed, TryAgain."""
    try:
        upload = accept_file(owner=file.folder.owner, source=content, name=file.name)
        _submit(file, sha256, upload)
    except Refused as refused:
        if refused.code in PAUSES:
            raise Wait(PAUSES[refused.code], refused.message) from refused
        if refused.code == "queue_full":
            raise Postponed(_when_there_is_room(file.folder)) from refused
        if refused.code in LATER:
            raise TryAgain(refused.code, float(refused.headers.get("Retry-After", 0))) from refused
        _refuse(file, " ".join([refused.message, *refused.problems.values()]), sha256)


@transaction.atomic
def _submit(file: FoundFile, sha256: str, upload: Upload) -> None:
    """The job, its picture and the file's state are one transaction: a crash leaves all or nothing."""
    # a look that stores files of the folder refers to its row, and need not wait for that
    folder = WatchedFolder.objects.select_for_update(no_key=True).get(pk=file.folder_id)
    if folder.is_ended:
        _end(file, FileState.IGNORED, sha256=sha256)
        return
    _require_open(folder)
    offered = choose_preset(folder.preset_id)
    _require_cap(folder, offered.preset.price)
    picture, _ = Picture.objects.get_or_create(
        folder=folder,
        sha256=sha256,
        settings=folder.settings_digest,
        run=file.run,
        defaults={"name": file.name, "writes_sidecar": folder.writes_sidecar},
    )
    if picture.submitted_at:
        _end(file, FileState.COPY, sha256=sha256, picture=picture)
        return
    request = JobRequest(
        owner=file.folder.owner,
        preset=offered,
        photos=[upload],
        parameters=folder.parameters,
        output_format=folder.output_format,
    )
    [job] = jobs_of(submit_batch(request, key=picture.pk))
    picture.name, picture.job, picture.price = file.name, job, job.price
    picture.writes_sidecar = folder.writes_sidecar
    picture.save(update_fields=["name", "job", "price", "writes_sidecar"])
    Picture.objects.filter(pk=picture.pk).update(submitted_at=database_now())
    _end(file, FileState.TAKEN, sha256=sha256, picture=picture)
    log.info("file_taken", folder=folder.pk, job=job.pk)


def _require_open(folder: WatchedFolder) -> None:
    """Raises Postponed if its owner paused or disconnected it while the file was read: nothing is charged after that."""
    connection = Connection.objects.get(pk=folder.connection_id)
    is_paused = folder.pause and folder.pause not in WAITS
    if is_paused or not connection.is_open or connection.trouble:
        raise Postponed(after_pause())


@transaction.atomic
def _refuse(file: FoundFile, words: str, sha256: str = "") -> None:
    """Stores why no picture is made, and leaves a note about it: one for each content."""
    if not is_named_like_picture(file.name):
        _end(file, FileState.IGNORED, sha256=sha256)
        return
    _end(file, FileState.REFUSED, sha256=sha256, problem=words[:400])
    leave_note(file, words)


def _end(file: FoundFile, state: FileState, **changes: Any) -> None:
    """Nothing is stored if the file was taken meanwhile, or waits to be made again: the next to take it says what of it."""
    FoundFile.objects.filter(pk=file.pk, run=file.run, state=FileState.FOUND).update(state=state, **changes)
    for name, value in {"state": state, **changes}.items():
        setattr(file, name, value)
