"""Why a folder makes no pictures at present, and why a connection needs its owner; each is told once."""

from __future__ import annotations

from django.db import transaction

from accounts.encryption import Unreadable
from creator.lib.clock import database_now
from creator.platform.one_by_one import one_by_one
from drive import notifications, waiting
from drive.enums import WAITS, Pause, Trouble
from drive.models import Connection, WatchedFolder
from drive.sources.base import AccessLost


@transaction.atomic
def pause_folder(folder: WatchedFolder, why: Pause, words: str = "") -> bool:
    """Pauses a folder that is not paused, and tells its owner unless they did it. Returns whether it did.

    One that waits for something, and could not go on then for another reason, waits for that from here on.
    `words`: a sentence for its owner, where the kind alone does not say enough.
    """
    changes = {"pause": why, "paused_at": database_now(), "pause_words": words[:400]}
    replaced = {Pause.NONE, *WAITS} - {why} if why in WAITS else {Pause.NONE}
    rows = WatchedFolder.objects.filter(pk=folder.pk, pause__in=replaced, is_ended=False)
    changed = rows.update(**changes)
    folder.refresh_from_db()
    if changed and why is not Pause.OWNER:
        notifications.tell_paused(folder)
    return bool(changed)


@transaction.atomic
def resume_folder(folder: WatchedFolder, *, only: Pause | None = None) -> bool:
    """Ends the pause, of the kind `only` if given, and has what waits go on. Returns whether there was one."""
    paused = WatchedFolder.objects.filter(pk=folder.pk).exclude(pause=Pause.NONE)
    if only is not None:
        paused = paused.filter(pause=only)
    changed = paused.update(pause=Pause.NONE, paused_at=None, pause_words="")
    folder.refresh_from_db()
    if changed:
        waiting.go_on(folder)
    return bool(changed)


@transaction.atomic
def note_trouble(connection: Connection, trouble: Trouble) -> bool:
    """Nothing goes through the connection from here on, and its owner is told. Returns whether that is new."""
    working = Connection.objects.filter(pk=connection.pk, trouble=Trouble.NONE, disconnected_at=None)
    changed = working.update(trouble=trouble, troubled_at=database_now())
    connection.refresh_from_db()
    if changed:
        connection.channels.all().delete()  # nothing rings without access, and nobody may take it for a bell
        notifications.tell_disconnected(connection)
    return bool(changed)


def note_lost(connection: Connection, error: AccessLost | Unreadable) -> bool:
    """`note_trouble` of the kind that the error tells."""
    is_unreadable = isinstance(error, Unreadable)
    return note_trouble(connection, Trouble.UNREADABLE if is_unreadable else Trouble.ACCESS_LOST)


@transaction.atomic
def clear_trouble(connection: Connection) -> None:
    """Its owner has connected it again: everything is looked at anew, and what waits goes on."""
    Connection.objects.filter(pk=connection.pk).update(
        trouble=Trouble.NONE,
        troubled_at=None,
        disconnected_at=None,
        cursor="",
        failures=0,
        last_error="",
        due_at=database_now(),
    )
    connection.refresh_from_db()
    connection.channels.all().delete()  # they were made with the access of before
    for folder in connection.watched.filter(is_ended=False):
        waiting.go_on(folder)


def try_paused() -> int:
    """Of each folder that waits for something, has one file try whether it is there. Returns of how many."""
    folders = WatchedFolder.objects.filter(pause__in=WAITS, is_ended=False)
    return one_by_one(folders, waiting.try_one, name="try_paused_folder")
