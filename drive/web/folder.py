"""The page of one watched folder."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from creator.web.pages import page
from drive.access import get_folder
from drive.models import WatchedFolder
from drive.queries import folder_view, last_files
from jobs.catalogue import titles_of_presets


@page("GET")
def folder(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """State, settings and the newest files of a watched folder."""
    found = get_folder(signed_in_user(request), folder_id)
    context = {
        "view": folder_view(found),
        "title": _title(found),
        "files": last_files(found),
    }
    return render(request, "drive/folder.html", context)


def _title(folder: WatchedFolder) -> str:
    return titles_of_presets([folder.preset_id]).get(folder.preset_id, folder.preset_id)
