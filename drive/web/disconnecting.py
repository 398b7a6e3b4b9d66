"""Ending a connection: what ends with it, and whether the source could be told."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from creator.web.pages import page
from drive.access import get_connection
from drive.connections import disconnect
from drive.enums import SourceKind

NOT_TOLD = (
    "{label} is disconnected, and no picture is made from it any more. We could not tell Google yet, and try again "
    "for up to three days; we keep the access encrypted for that alone. You can end it yourself: "
    "https://myaccount.google.com/connections"
)


@page("GET", "POST")
def disconnect_connection(request: HttpRequest, connection_id: UUID) -> HttpResponseBase:
    """Asks whether to disconnect, and does it."""
    connection = get_connection(signed_in_user(request), connection_id)
    if request.method != "POST":
        context = {
            "connection": connection,
            "is_google": connection.kind == SourceKind.GOOGLE,
            "watched": connection.watched.filter(is_ended=False).count(),
        }
        return render(request, "drive/disconnect.html", context)
    if disconnect(connection, address=request.META["REMOTE_ADDR"]):
        messages.success(request, f"{connection.label} is disconnected. Its access is ended and forgotten.")
    else:
        messages.warning(request, NOT_TOLD.format(label=connection.label))
    return redirect("drive")
