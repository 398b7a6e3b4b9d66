"""What watched folders store about a person: exported without tokens, erased first of all apps."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from accounts.registry import Counts, PersonalData, Rows
from drive.connections import disconnect
from drive.models import Channel, Connection, FoundFile, Picture, WatchedFolder, WrittenFile

CONNECTION = (
    *("id", "kind", "account", "label", "scopes", "trouble", "troubled_at", "created_at", "disconnected_at"),
    *("looked_at", "rang_at"),
)
CHANNEL = ("id", "connection_id", "drive_id", "resource_id", "created_at", "expires_at")
FOLDER = (
    *("id", "connection_id", "input_id", "input_name", "output_id", "output_name", "preset_id", "parameters"),
    *("output_format", "writes_sidecar", "daily_cap", "takes_from", "pause", "paused_at", "pause_words"),
    *("runs", "is_ended", "created_at"),
)
PICTURE = (
    *("id", "folder_id", "sha256", "run", "name", "writes_sidecar", "job_id", "price", "submitted_at"),
    *("delivered_at", "created_at"),
)
FOUND = (
    *("folder_id", "source_id", "version", "name", "size", "mime", "sha256", "run", "state", "problem"),
    *("picture_id", "found_at"),
)
WRITTEN = (
    *("folder_id", "event", "purpose", "picture_id", "parent_id", "name", "source_id", "sha256"),
    *("words", "created_at", "written_at"),
)


def rows_of(user: User) -> Mapping[str, Rows]:
    return {
        "connections": Rows(Connection.objects.filter(owner=user), CONNECTION),
        "channels": Rows(Channel.objects.filter(connection__owner=user), CHANNEL),
        "folders": Rows(WatchedFolder.objects.filter(owner=user), FOLDER),
        "pictures": Rows(Picture.objects.filter(folder__owner=user), PICTURE),
        "found_files": Rows(FoundFile.objects.filter(folder__owner=user), FOUND),
        "written_files": Rows(WrittenFile.objects.filter(folder__owner=user), WRITTEN),
    }


def forget_connections(user: User) -> Counts:
    """Ends their access first. Their rows of folders and files go with them; the files themselves stay the person's.

    Where Google does not answer, it is told later (`drive.leaving`).
    """
    for connection in Connection.objects.filter(owner=user).exclude(access=""):
        disconnect(connection)
    _, deleted = Connection.objects.filter(owner=user).delete()
    return {"connections": deleted.get("drive.Connection", 0)}


def is_left(user: User) -> bool:
    return Connection.objects.filter(owner=user).exists()


DRIVE = PersonalData("drive", rows=rows_of, erase=[forget_connections], is_left=is_left)
