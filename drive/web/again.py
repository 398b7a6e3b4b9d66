"""The page that says what it costs to make a folder's last pictures again, and does it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from creator.http.refusals import sentence_with_way
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.web.pages import page
from drive.access import get_folder
from drive.again import plan_again, require_means, run_again
from drive.models import WatchedFolder
from jobs.catalogue import titles_of_presets

LONGEST_NUMBER = 9


@page("GET", "POST")
def make_again(request: HttpRequest, folder_id: UUID) -> HttpResponseBase:
    """Asks with the number of pictures and their cost; the form makes them once, also if it is sent twice."""
    folder = get_folder(signed_in_user(request), folder_id)
    if request.method != "POST":
        return _ask(request, folder)
    run, most_credits = (_number(request.POST.get(name, "")) for name in ("run", "credits"))
    if run is None or most_credits is None:
        return redirect("drive_folder_again", folder.pk)
    try:
        again = run_again(folder, run=run, most_credits=most_credits, address=request.META["REMOTE_ADDR"])
    except Refused as refused:
        messages.error(request, sentence_with_way(refused))
        return redirect("drive_folder_again", folder.pk)
    if again.files:
        messages.success(request, f"{count(again.pictures, 'picture')} will be made again.")
    else:
        messages.info(request, "They are being made again already.")
    return redirect("drive_folder", folder.pk)


def _ask(request: HttpRequest, folder: WatchedFolder) -> HttpResponse:
    titles = titles_of_presets([folder.preset_id])
    again, refusal = None, ""
    try:
        again = plan_again(folder)
        require_means(folder, again)
    except Refused as refused:
        refusal = sentence_with_way(refused)
    title = titles.get(folder.preset_id, folder.preset_id)
    context = {"folder": folder, "title": title, "again": again, "refusal": refusal}
    return render(request, "drive/again.html", context)


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if is_number else None
