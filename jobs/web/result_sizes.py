"""How large the pictures of a form will be: said before Start is pressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from django.http import HttpRequest, HttpResponse

from accounts.callers import signed_in_user
from creator.web.pages import page
from jobs.catalogue import choose_preset
from jobs.models import Upload
from jobs.presets import InvalidParameters, Manifest, check_values
from jobs.presets.check import example_values
from jobs.presets.sizes import Size, describe_size, result_size
from jobs.queries import uploads_of
from jobs.web.forms import read_new_job


@page("GET")
def result_sizes(request: HttpRequest) -> HttpResponse:
    """A sentence about the form with this query, as plain text; empty if its settings are not valid yet."""
    manifest = choose_preset(request.GET.get("preset", "")).manifest
    form = read_new_job(request.GET, manifest, sent=False)
    words = size_words(manifest, uploads_of(signed_in_user(request), form.upload_ids), form.values)
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


def size_words(manifest: Manifest, photos: Sequence[Upload], raw: Mapping[str, object]) -> str:
    """Says how large the results will be, and how many photos are made smaller; empty if that is not known."""
    given = {name: value for name, value in raw.items() if value != ""}
    try:
        values = check_values(manifest, {**example_values(manifest), **given})
    except InvalidParameters:
        return ""
    if not manifest.needs_photo or not photos:
        rule = describe_size(manifest, values)
        return f"Size of the pictures: {rule}." if rule else ""
    sizes = [Size(photo.width, photo.height) for photo in photos]
    made = [size for each in sizes if (size := result_size(manifest, each, values))]
    return _list_sizes(sizes, made) if made else ""


def _list_sizes(photos: Sequence[Size], made: Sequence[Size]) -> str:
    smallest, largest = min(made, key=attrgetter("pixels")), max(made, key=attrgetter("pixels"))
    sizes = f"{largest}" if smallest == largest else f"{smallest} to {largest}"
    words = f"Size of the picture{'s' if len(made) > 1 else ''}: {sizes} px."
    shrunk = sum(new.pixels < old.pixels for old, new in zip(photos, made, strict=True))
    if not shrunk:
        return words
    if len(made) == 1:
        return f"{words} That is smaller than the photo ({photos[0]} px)."
    return f"{words} {shrunk} of {len(made)} photos {'is' if shrunk == 1 else 'are'} made smaller."
