"""The page of all connections and watched folders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from accounts.models import User
from creator.web.pages import page
from drive.access import connections_of
from drive.models import Connection
from drive.opening import google_app
from drive.queries import FolderView, folder_views
from jobs.catalogue import titles_of_presets


@dataclass(frozen=True)
class Shown:
    """A connection and the folders that are watched through it. `number` tells headings of one page apart."""

    number: int
    connection: Connection
    views: list[FolderView]


@page("GET")
def overview(request: HttpRequest) -> HttpResponse:
    """Connections, each with its watched folders; those of connections that were ended come last."""
    user = signed_in_user(request)
    views = folder_views(user)
    context = {
        "shown": _grouped(user, views),
        "offers_drive": google_app() is not None,
        "has_folders": bool(views),
        "titles": titles_of_presets({view.folder.preset_id for view in views}),
    }
    return render(request, "drive/overview.html", context)


def _grouped(user: User, views: list[FolderView]) -> list[Shown]:
    watched: dict[UUID, list[FolderView]] = defaultdict(list)
    connections = {connection.pk: connection for connection in connections_of(user)}
    for view in views:
        watched[view.folder.connection_id].append(view)
        connections.setdefault(view.folder.connection_id, view.folder.connection)
    return [
        Shown(number, connection, watched[pk]) for number, (pk, connection) in enumerate(connections.items())
    ]
