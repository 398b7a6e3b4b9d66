from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.callers import signed_in_user
from creator.lib.errors import Refused
from creator.web.pages import page
from jobs.uploads.accept import accept_photo
from jobs.web.job_text import thumbnail_link


@page("POST")
def upload(request: HttpRequest) -> HttpResponse:
    """Takes one photo, in the field `file`. Answers 201 with the data a page needs to show it."""
    file = request.FILES.get("file")
    if file is None:
        raise Refused("malformed_request", "Send one photo in the field “file”.")
    photo = accept_photo(owner=signed_in_user(request), file=file)
    shown = {"width": photo.width, "height": photo.height, "thumbnail_url": thumbnail_link(photo)}
    return JsonResponse({"id": str(photo.id), "name": photo.name, **shown}, status=201)
