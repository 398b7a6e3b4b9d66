"""Rings for looks: a source that told of a change, or a person who does not want to wait."""

from __future__ import annotations

from django.db.models import Case, F, When

from creator.lib.clock import database_now
from creator.platform.doorbell import Doorbell
from drive.models import Connection

doorbell = Doorbell("drive.look", most=1)


def look_now(connection: Connection) -> None:
    """Has the connection looked at once the transaction is committed.

    A look that is under way keeps its lease, and is followed by another one.
    """
    Connection.objects.filter(pk=connection.pk).update(
        rang_at=database_now(), due_at=Case(When(token=None, then=database_now()), default=F("due_at"))
    )
    doorbell.ring_after_commit()
