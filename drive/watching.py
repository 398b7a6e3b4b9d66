"""Looks for new files in watched folders: when a source rings, and from time to time."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When

from accounts.encryption import Unreadable
from creator.lib.backoff import backoff_s
from creator.lib.clock import database_now, read_database_now
from creator.platform.lease import leased, renewed, take_first
from drive.channels import has_other_logs, rings
from drive.enums import FileState, Pause, SourceKind, Trouble
from drive.models import Connection, FoundFile, WatchedFolder, WrittenFile
from drive.naming import is_candidate, key_of
from drive.opening import open_source
from drive.pausing import note_lost, pause_folder, resume_folder
from drive.sources.base import AccessLost, Away, Look, SourceFile
from drive.waiting import ask_for_files, go_on

log = structlog.get_logger(__name__)
AT_ONCE = 4
"""Connections that one process looks at together: most of a look is waiting for the source's answer."""
LONGEST_LOOK = timedelta(minutes=5)
LONGEST_WAIT_S = 900.0
WITH_A_BELL = 5
"""A connection whose source rings is looked at unasked so many times less often, in case that a ring got lost."""
AT_A_TIME = 500
_alone = threading.Lock()


def due_connections() -> QuerySet[Connection]:
    """Those with a folder to look at whose time has come."""
    return Connection.objects.filter(trouble=Trouble.NONE, disconnected_at=None, due_at__lte=database_now())


def look_due(at_once: int = AT_ONCE) -> int:
    """Looks until no connection is due; returns how many looks that were. 0 at once if this process does so already.

    One statement if nothing is due.
    """
    if not _alone.acquire(blocking=False):
        return 0
    try:
        first = take_first(due_connections())
        if first is None:
            return 0
        if at_once == 1:
            return _look_on(first)
        with ThreadPoolExecutor(at_once, thread_name_prefix="drive-look") as pool:
            return sum(pool.map(_look_in_thread, [first, *[None] * (at_once - 1)]))
    finally:
        _alone.release()


def _look_in_thread(first: Connection | None) -> int:
    try:
        return _look_on(first)
    finally:
        database.close()


def _look_on(first: Connection | None) -> int:
    looks = 0
    connection = first or take_first(due_connections())
    while connection:
        look(connection)
        looks += 1
        connection = take_first(due_connections())
    return looks


def look(connection: Connection) -> None:
    """One look at the folders of a connection that this worker has leased. Failures are noted on its row."""
    folders = {each.input_id: each for each in connection.watched.filter(is_ended=False)}
    if not folders:
        _end(connection, settings.CONFIG.drive_reconcile_seconds)
        return
    began = read_database_now()
    everything = not connection.cursor or connection.reconcile_at <= began
    try:
        with renewed(connection, at_most=LONGEST_LOOK), open_source(connection) as source:
            found = source.look(list(folders), None if everything else connection.cursor)
    except Away as error:
        _fail(connection, str(error), error.after_s)
    except (AccessLost, Unreadable) as error:
        log.info("access_lost", connection=connection.pk, reason=type(error).__name__)
        _end(connection, settings.CONFIG.drive_reconcile_seconds)
        note_lost(connection, error)
    except Exception as error:
        log.exception("look_failed", connection=connection.pk)
        _fail(connection, type(error).__name__, 0)
    else:
        _note_folders(folders.values(), found.gone)
        _store(connection, folders, found, everything)
        _look_again_if_it_rang(connection, began)


def _look_again_if_it_rang(connection: Connection, began: datetime) -> None:
    """What it told of while it was being looked at may have come too late for that look."""
    Connection.objects.filter(pk=connection.pk, token=None, rang_at__gte=began).update(due_at=database_now())


def _note_folders(folders: Collection[WatchedFolder], gone: Collection[str]) -> None:
    for folder in folders:
        if folder.input_id in gone:
            pause_folder(folder, Pause.INPUT_GONE)
        elif folder.pause == Pause.INPUT_GONE:
            resume_folder(folder, only=Pause.INPUT_GONE)


@transaction.atomic
def _store(connection: Connection, folders: dict[str, WatchedFolder], found: Look, everything: bool) -> None:
    """Stores what was found together with the cursor behind it. Nothing if another worker has the connection now."""
    changes: dict[str, object] = {"cursor": found.cursor, "looked_at": database_now(), "last_error": ""}
    if everything:  # a folder that was added meanwhile has asked for everything once more
        later = database_now(settings.CONFIG.drive_reconcile_seconds)
        # SQLite writes a time with or without fractions of a second, and compares text: so no equality.
        unchanged = When(reconcile_at__lt=connection.reconcile_at + timedelta(milliseconds=1), then=later)
        changes["reconcile_at"] = Case(unchanged, default=F("reconcile_at"))
    if has_other_logs(connection, found.cursor):
        changes["channels_due_at"] = database_now()
    if not _end(connection, _pause_s(connection, found), failures=0, **changes):
        return
    if connection.failures:  # what the outbox gave up meanwhile is tried again
        for folder in folders.values():
            go_on(folder)
    for files in _pages([each for each in found.files if each.folder in folders and is_candidate(each.name)]):
        _store_files(connection, folders, files)
    if not found.more and found.settling_s is None:
        _note_first_look(folders.values(), found.gone)


def _note_first_look(folders: Collection[WatchedFolder], gone: Collection[str]) -> None:
    """Everything in these folders is known now. Not in those that could not be looked at."""
    fresh = [each.pk for each in folders if each.first_looked_at is None and each.input_id not in gone]
    if fresh:
        WatchedFolder.objects.filter(pk__in=fresh).update(first_looked_at=database_now())


def _store_files(
    connection: Connection, folders: dict[str, WatchedFolder], files: Sequence[SourceFile]
) -> None:
    rows = {key_of(str(folders[each.folder].pk), each.id, each.version): each for each in files}
    known = set(FoundFile.objects.filter(key__in=rows).values_list("key", flat=True))
    own = _written_by_us(connection, files)
    new = [
        _row(folders[file.folder], key, file)
        for key, file in sorted(rows.items(), key=lambda item: item[1].name)
        if key not in known and file.id not in own
    ]
    FoundFile.objects.bulk_create(new, ignore_conflicts=True)
    waiting = FoundFile.objects.filter(key__in=[each.key for each in new], state=FileState.FOUND)
    ask_for_files(waiting.order_by("pk").only("pk", "folder_id", "run"))


def _row(folder: WatchedFolder, key: str, file: SourceFile) -> FoundFile:
    row = FoundFile(folder=folder, source_id=file.id, version=file.version, key=key, name=file.name[:255])
    row.size, row.mime, row.sha256 = file.size, file.mime[:127], file.sha256
    since = folder.takes_from if folder.first_looked_at is None else None
    if since and (file.at is None or file.at < since):
        row.state = FileState.IGNORED
    return row


def _written_by_us(connection: Connection, files: Sequence[SourceFile]) -> set[str]:
    """Ids of those files that are our own, written or about to be."""
    ids = {key_of(each.id): each.id for each in files}
    reserved = {each.id for each in files}
    places = {key_of(each.folder, each.name): each.id for each in files}
    ours = WrittenFile.objects.filter(folder__connection=connection).filter(
        Q(source_key__in=ids) | Q(reserved__in=reserved) | Q(place_key__in=places, written_at=None)
    )
    own: set[str] = set()
    for row in ours.only("source_id", "reserved", "place_key", "written_at"):
        own |= {row.source_id, row.reserved}
        if row.written_at is None and not row.reserved:
            own.add(places.get(row.place_key, ""))
    return own


def _pages(files: Sequence[SourceFile]) -> Iterator[Sequence[SourceFile]]:
    return (files[start : start + AT_A_TIME] for start in range(0, len(files), AT_A_TIME))


def _pause_s(connection: Connection, found: Look) -> float:
    """Seconds until the next look."""
    if found.more:
        return 0
    config = settings.CONFIG
    if connection.kind == SourceKind.FOLDER:
        pause = config.folder_poll_seconds
    else:
        pause = config.drive_poll_seconds * (WITH_A_BELL if rings(connection, found.cursor) else 1)
    return pause if found.settling_s is None else min(pause, found.settling_s)


def _fail(connection: Connection, reason: str, after_s: float) -> None:
    log.warning("source_away", connection=connection.pk, reason=reason)
    wait_s = backoff_s(
        connection.failures, first_s=settings.CONFIG.folder_poll_seconds, longest_s=LONGEST_WAIT_S
    )
    _end(
        connection, max(wait_s, after_s), failures=min(connection.failures + 1, 1000), last_error=reason[:200]
    )


def _end(connection: Connection, wait_s: float, **changes: object) -> bool:
    """Gives the connection back, due again in `wait_s`. False if this worker no longer had it."""
    return bool(leased(connection).update(token=None, due_at=database_now(wait_s), **changes))
