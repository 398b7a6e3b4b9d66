"""Writes results, their settings and notes into output folders, each once, and never over anything that is there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj

import structlog
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.encryption import Unreadable
from creator.lib.clock import database_now
from creator.lib.file_names import plain_name
from creator.lib.scratch import scratch_folder
from creator.platform.models import Delivery
from creator.platform.outbox import Postponed, TryAgain, Undeliverable
from drive.enums import Pause, Purpose
from drive.models import Picture, WatchedFolder, WrittenFile
from drive.naming import key_of, numbered, stem_of
from drive.notes import note_name
from drive.opening import open_source
from drive.pausing import note_lost, pause_folder, resume_folder
from drive.sources.base import AccessLost, Away, FolderGone, Full, NameRefused, NameTaken, Source
from drive.waiting import after_pause
from jobs.enums import ArtifactKind, JobStatus
from jobs.models import Artifact, Job

log = structlog.get_logger(__name__)
MOST_NAMES = 10_000
SOON = timedelta(minutes=10)
NOT_CHARGED = "You were not charged for it."


@dataclass(frozen=True)
class Item:
    """A file to write: the row's event, what it is, its wanted name, and its content as a stored key or as bytes."""

    event: str
    purpose: Purpose
    name: str
    mime: str
    content: bytes = b""
    artifact: Artifact | None = None


def deliver(delivery: Delivery) -> None:
    """The outbox's handler: all files of one job, or one note. What was written before is not written again."""
    if "note" in delivery.payload:
        _deliver_note(delivery.payload["note"])
        return
    pictures = Picture.objects.select_related("folder__connection", "job__preset_version")
    picture = pictures.filter(pk=delivery.payload["picture"]).first()
    if picture is None or picture.job is None or picture.job.deleted_at:
        return
    items = list(_items_of(picture, picture.job))
    if not items:
        return
    _write_all(picture.folder, items, picture)
    Picture.objects.filter(pk=picture.pk).update(delivered_at=database_now())


def _deliver_note(pk: int) -> None:
    note = WrittenFile.objects.select_related("folder__connection").filter(pk=pk).first()
    if note and note.file_id:
        item = Item(note.event, Purpose.NOTE, note.name, "text/plain", f"{note.words}\n".encode())
        _write_all(note.folder, [item], None)


def _items_of(picture: Picture, job: Job) -> Iterator[Item]:
    """Nothing of a cancelled job: its owner knows."""
    event = f"picture:{picture.pk}"
    if job.status == JobStatus.FAILED:
        words = f"No picture was made of “{picture.name}”. {job.error_message} {NOT_CHARGED}\n"
        yield Item(event, Purpose.NOTE, note_name(picture.name), "text/plain", words.encode())
    if job.status != JobStatus.COMPLETED or job.files_purged_at:
        return
    for artifact in job.artifacts.filter(kind=ArtifactKind.RESULT):
        name = job.name_result(stem_of(picture.name))
        yield Item(event, Purpose.RESULT, name, artifact.content_type, artifact=artifact)
        if picture.writes_sidecar:
            side = f"{name.rpartition('.')[0]}.json"
            yield Item(f"{event}:json", Purpose.SIDECAR, side, "application/json", _sidecar(picture, job))


def _sidecar(picture: Picture, job: Job) -> bytes:
    """All that decides the picture, so that it can be made again."""
    version = job.preset_version
    told = {
        "source": picture.name,
        "preset": version.preset_id,
        "preset_version": version.number,
        "parameters": job.parameters,
        "seed": job.shown_seed,
        "output_format": job.output_format,
        "job_id": str(job.pk),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }
    return json.dumps(told, indent=2, ensure_ascii=False).encode()


def _write_all(folder: WatchedFolder, items: list[Item], picture: Picture | None) -> None:
    """Raises Postponed or TryAgain where the source cannot take them now."""
    connection = folder.connection
    if not connection.is_open or connection.trouble:
        raise Postponed(after_pause())
    try:
        with open_source(connection) as source:
            for item in items:
                _write(source, folder, item, picture)
    except Away as error:
        raise TryAgain(str(error), error.after_s) from error
    except (AccessLost, Unreadable) as error:
        note_lost(connection, error)
        raise Postponed(after_pause()) from error
    except (FolderGone, Full) as error:
        if folder.is_ended and isinstance(error, FolderGone):
            raise Undeliverable(
                "the folder is not watched any more, and its output folder is gone"
            ) from error
        pause_folder(folder, Pause.FULL if isinstance(error, Full) else Pause.OUTPUT_GONE)
        raise Postponed(timezone.now() + SOON) from error
    if folder.pause in (Pause.FULL, Pause.OUTPUT_GONE):
        resume_folder(folder, only=Pause(folder.pause))


def _write(source: Source, folder: WatchedFolder, item: Item, picture: Picture | None) -> None:
    with tempfile.TemporaryDirectory(prefix="drive-", dir=scratch_folder()) as scratch:
        content = Path(scratch) / "content"
        _fetch(item, content)
        row = _row_of(source, folder, item, picture, content)
        if row.written_at:
            return
        for wanted in dict.fromkeys((item.name, plain_name(item.name))):
            try:
                _write_as(wanted, source, row, content, item.mime)
            except NameRefused:
                row.name = plain_name(item.name)
                continue
            log.info("file_written", folder=folder.pk, purpose=item.purpose)
            return
        raise Undeliverable("the source takes no name like this one")


def _write_as(wanted: str, source: Source, row: WrittenFile, content: Path, mime: str) -> None:
    """Writes it as `wanted`, or numbered where that is taken. Raises NameRefused."""
    for name in _names(row, wanted):
        row.name, row.place_key = name, key_of(row.parent_id, name)
        row.save(update_fields=["name", "place_key"])
        try:
            written = source.write(row.parent_id, name, content, mime=mime, reserved=row.reserved)
        except NameTaken:
            continue
        WrittenFile.objects.filter(pk=row.pk).update(
            source_id=written.id,
            source_key=key_of(written.id),
            name=written.name,
            written_at=database_now(),
        )
        return
    raise Full(f"{MOST_NAMES} files have this name")


def _names(row: WrittenFile, wanted: str) -> Iterator[str]:
    """First the one that an earlier call may have written under, then the wanted one, numbered."""
    if row.name != wanted:
        yield row.name
    yield from (numbered(wanted, number) for number in range(1, MOST_NAMES))


def _row_of(
    source: Source, folder: WatchedFolder, item: Item, picture: Picture | None, content: Path
) -> WrittenFile:
    """The file's row, committed with the reserved id before anything is written."""
    made = {
        "purpose": item.purpose,
        "picture": picture,
        "parent_id": folder.output_id,
        "name": item.name,
        "place_key": key_of(folder.output_id, item.name),
    }
    row, _ = WrittenFile.objects.get_or_create(folder=folder, event=item.event, defaults=made)
    if row.written_at is None:
        row.parent_id = folder.output_id
        row.reserved = row.reserved or source.reserve()
        row.sha256 = sha256(content.read_bytes()).hexdigest()
        row.save(update_fields=["parent_id", "reserved", "sha256"])
    return row


def _fetch(item: Item, into: Path) -> None:
    if item.artifact is None:
        into.write_bytes(item.content)
        return
    with default_storage.open(item.artifact.key, "rb") as stored, into.open("wb") as file:
        copyfileobj(stored, file)
