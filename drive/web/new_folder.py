"""Watching another folder: choose it, choose where results go, then preset and settings."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from creator.lib.errors import Refused
from creator.web.pages import page
from drive.access import get_connection
from drive.enums import SourceKind
from drive.folders import browse, refusals, watch_folder
from drive.models import Connection
from drive.opening import open_source
from drive.web.folder_form import FolderForm, read_form


@page("GET", "POST")
def new_folder(request: HttpRequest, connection_id: UUID) -> HttpResponseBase:
    """Lists folders until `input` (and `output`, unless this server makes one) is chosen; then shows the form."""
    connection = get_connection(signed_in_user(request), connection_id)
    try:
        if request.method == "POST":
            return _watch(request, connection)
        wanted = _to_choose(request, connection)
        if wanted:
            return _list(request, connection, wanted)
        return _show(request, connection, read_form(request.GET, sent=False))
    except Refused as refused:
        messages.error(request, " ".join(refused.problems.values()) or refused.message)
        return redirect("drive")


def _to_choose(request: HttpRequest, connection: Connection) -> str:
    """Which folder has to be chosen next: `input`, `output`, or neither."""
    if "input" not in request.GET:  # it may be empty: so a directory calls itself
        return "input"
    makes_one = connection.kind == SourceKind.FOLDER
    has_one = "output" in request.GET
    return "output" if "elsewhere" in request.GET or not (has_one or makes_one) else ""


def _list(request: HttpRequest, connection: Connection, wanted: str) -> HttpResponse:
    """The folders in `in`, each with a link into it and one that takes it."""
    chosen = {"input": request.GET["input"]} if wanted == "output" else {}
    way = {**chosen, **({"elsewhere": ""} if wanted == "output" else {})}
    parent = request.GET.get("in")
    rows = [
        (each, urlencode({**way, "in": each.id}), urlencode({**chosen, wanted: each.id}))
        for each in browse(connection, parent)
    ]
    context = {
        "connection": connection,
        "wanted": wanted,
        "rows": rows,
        "start": urlencode(way) if parent is not None else None,
    }
    return render(request, "drive/choose.html", context)


def _watch(request: HttpRequest, connection: Connection) -> HttpResponseBase:
    form = read_form(request.POST, sent=True)
    if "input" not in form.places:
        form.errors["input_id"] = "Choose a folder."
    if not form.errors:
        try:
            made = watch_folder(
                owner=signed_in_user(request),
                connection=connection,
                input_id=form.places.get("input", ""),
                output_id=form.places.get("output", ""),
                takes_existing=form.takes_existing,
                address=request.META["REMOTE_ADDR"],
                **form.wanted,
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, f"{made.input_name} is watched from now on.")
            return redirect("drive_folder", made.pk)
    return _show(request, connection, form, status=422)


def _show(
    request: HttpRequest, connection: Connection, form: FolderForm, *, status: int = 200
) -> HttpResponse:
    named = {}
    with refusals(connection, "input_id"), open_source(connection) as source:
        named = {name: source.folder(place).name for name, place in form.places.items()}
    context = {
        **form.context(),
        "connection": connection,
        "named": named,
        "elsewhere": urlencode({"input": form.places.get("input", ""), "elsewhere": ""}),
    }
    return render(request, "drive/new.html", context, status=status)
