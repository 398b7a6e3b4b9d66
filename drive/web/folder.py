"""The page of one watched folder, and what its owner changes there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from creator.lib.errors import Refused
from creator.web.pages import page
from drive.access import get_folder
from drive.folders import change_folder, pause_by_owner, resume_by_owner, stop_watching
from drive.models import WatchedFolder
from drive.queries import folder_view, last_files
from drive.web.folder_form import read_form
from jobs.catalogue import titles_of_presets


@page("GET")
def folder(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """State, settings and the newest files of a watched folder."""
    found = _folder(request, folder_id)
    context = {
        "view": folder_view(found),
        "title": _title(found),
        "files": last_files(found),
    }
    return render(request, "drive/folder.html", context)


@page("POST")
def switch_folder(request: HttpRequest, folder_id: UUID) -> HttpResponseBase:
    """Pauses or, with `resume`, resumes it."""
    found, address = _folder(request, folder_id), request.META["REMOTE_ADDR"]
    if request.POST.get("resume") == "yes":
        resume_by_owner(found, address=address)
        messages.success(request, f"{found.input_name} goes on.")
    else:
        pause_by_owner(found, address=address)
        messages.success(request, f"{found.input_name} is paused.")
    return redirect("drive_folder", found.pk)


@page("GET", "POST")
def folder_settings(request: HttpRequest, folder_id: UUID) -> HttpResponseBase:
    """The form of preset and settings; only files that come later are made with the new ones."""
    found, is_sent = _folder(request, folder_id), request.method == "POST"
    form = read_form(request.POST if is_sent else request.GET, sent=is_sent, folder=found)
    if is_sent and not form.errors:
        try:
            change_folder(found, form.wanted, address=request.META["REMOTE_ADDR"])
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, "The settings are changed, for files that come from now on.")
            return redirect("drive_folder", found.pk)
    context = {**form.context(), "folder": found}
    return render(request, "drive/settings.html", context, status=422 if is_sent and form.errors else 200)


@page("GET", "POST")
def stop_folder(request: HttpRequest, folder_id: UUID) -> HttpResponseBase:
    """Asks whether to stop watching, and does it."""
    found = _folder(request, folder_id)
    if request.method != "POST":
        return render(request, "drive/stop.html", {"folder": found})
    stop_watching(found, address=request.META["REMOTE_ADDR"])
    messages.success(request, f"{found.input_name} is no longer watched.")
    return redirect("drive")


def _folder(request: HttpRequest, folder_id: UUID) -> WatchedFolder:
    return get_folder(signed_in_user(request), folder_id)


def _title(folder: WatchedFolder) -> str:
    return titles_of_presets([folder.preset_id]).get(folder.preset_id, folder.preset_id)
