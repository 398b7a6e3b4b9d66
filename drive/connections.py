"""A person's connections: made and kept."""

from __future__ import annotations

from pathlib import Path

from accounts.models import User
from creator.lib.clock import database_now
from drive.enums import SourceKind
from drive.models import Connection


def connect_folder(owner: User, root: Path, *, label: str) -> Connection:
    """Connects a directory of this server. Only an operator may name one: all that lies in it can be read.

    Connecting the same one again returns the same row.
    """
    found, _ = Connection.objects.get_or_create(
        owner=owner,
        kind=SourceKind.FOLDER,
        account=str(root.resolve()),
        defaults={"label": label},
    )
    if not found.is_open:
        Connection.objects.filter(pk=found.pk).update(disconnected_at=None, cursor="", due_at=database_now())
        found.refresh_from_db()
    return found
