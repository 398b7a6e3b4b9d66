"""The only way to look up a person's connections and watched folders by id.

A missing row and another person's row get the same answer: Refused("not_found").
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from creator.lib.errors import Refused
from drive.models import Connection, WatchedFolder


def connections_of(user: User) -> QuerySet[Connection]:
    """The person's connections that they did not disconnect, oldest first."""
    return Connection.objects.filter(owner=user, disconnected_at=None).order_by("pk")


def folders_of(user: User) -> QuerySet[WatchedFolder]:
    """The folders that the person watches, oldest first, with what names them."""
    mine = WatchedFolder.objects.filter(owner=user, is_ended=False)
    return mine.select_related("connection", "preset").order_by("created_at", "pk")


def get_connection(user: User, connection_id: UUID) -> Connection:
    """This person's connection. Raises Refused("not_found"), also once it is disconnected."""
    found = connections_of(user).filter(pk=connection_id).first()
    if found is None:
        raise Refused("not_found", "There is no such connection.")
    return found


def get_past_connection(user: User, connection_id: str) -> Connection:
    """This person's connection, also once it is disconnected. Raises Refused("not_found"), also for what is no id."""
    try:
        return Connection.objects.get(owner=user, pk=UUID(connection_id))
    except (ValueError, Connection.DoesNotExist) as error:
        raise Refused("not_found", "There is no such connection.") from error


def get_folder(user: User, folder_id: UUID) -> WatchedFolder:
    """This person's watched folder. Raises Refused("not_found"), also once it is no longer watched."""
    found = folders_of(user).filter(pk=folder_id).first()
    if found is None:
        raise Refused("not_found", "There is no such watched folder.")
    return found
