from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.fields import whole_address
from creator.api.views import ApiView
from drive.access import connections_of, get_connection
from drive.api.answers import unless_same
from drive.api.schemas.connections import (
    BrowseAnswer,
    BrowseQuery,
    ConnectionAnswer,
    ConnectionListAnswer,
    DisconnectedAnswer,
)
from drive.connections import disconnect
from drive.folders import browse
from drive.opening import google_app
from drive.queries import connection_views


class Connections(ApiView):
    """`GET /drive/connections`: what is connected, and where the person connects more in a browser."""

    scopes = {"GET": Scope.DRIVE_READ}
    answers = {"GET": {200: ConnectionListAnswer, 304: None}}
    operation_ids = {"GET": "list_drive_connections"}

    def get(self, request: Request) -> HttpResponse:
        page = whole_address(request, reverse("drive_google_connect")) if google_app() else None
        found = connection_views(connections_of(caller_of(request)))
        return unless_same(request, ConnectionListAnswer({"connections": found, "connect_url": page}))


class OneConnection(ApiView):
    """`GET /drive/connections/{id}`: one connection.

    `DELETE /drive/connections/{id}`: ends it. We forget its access at once, and Google is told. Its folders make no more
    pictures; they go on if the person connects the same account again.
    """

    scopes = {"GET": Scope.DRIVE_READ, "DELETE": Scope.DRIVE_WRITE}
    answers = {"GET": {200: ConnectionAnswer, 304: None}, "DELETE": {200: DisconnectedAnswer}}
    operation_ids = {"GET": "get_drive_connection", "DELETE": "disconnect_drive"}

    def get(self, request: Request, connection_id: UUID) -> HttpResponse:
        (found,) = connection_views([get_connection(caller_of(request), connection_id)])
        return unless_same(request, ConnectionAnswer(found))

    def delete(self, request: Request, connection_id: UUID) -> Response:
        connection = get_connection(caller_of(request), connection_id)
        was_told = disconnect(connection, address=request.META["REMOTE_ADDR"])
        return Response(DisconnectedAnswer({"was_told": was_told}).data)


class Browse(ApiView):
    """`GET /drive/connections/{id}/folders`: folders to choose from. The source is asked each time."""

    scopes = {"GET": Scope.DRIVE_READ}
    query_fields = BrowseQuery
    answers = {"GET": {200: BrowseAnswer}}
    operation_ids = {"GET": "browse_drive"}

    def get(self, request: Request, connection_id: UUID) -> Response:
        connection = get_connection(caller_of(request), connection_id)
        return Response(BrowseAnswer({"folders": browse(connection, self.query["parent"])}).data)
