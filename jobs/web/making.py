"""Home, the new-job page and the upload that its drop zone uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render

from accounts.models import User
from billing.plans import limits_of
from creator.lib.errors import Refused
from creator.lib.words import count
from jobs.catalogue import OfferedPreset, offered_presets
from jobs.enums import ResultFormat
from jobs.lifecycle import MOST_VARIATIONS, check_batch, jobs_of, submit_batch
from jobs.models import Batch, Upload
from jobs.queries import has_jobs, overview, uploads_of
from jobs.streaming.snapshot import snapshots_of
from jobs.uploads.accept import accept_photo
from jobs.web.edges import page, person
from jobs.web.forms import NewJobForm, read_new_job
from jobs.web.shown import thumbnail_link

ROWS_AT_HOME = 20
RESULTS_AT_HOME = 8


@page("GET", kept=False)
def home(request: HttpRequest) -> HttpResponse:
    """Drop panel, what is in progress, the newest results; for somebody new the three steps to a first picture."""
    user = person(request)
    mine = overview(user, open_limit=ROWS_AT_HOME, result_limit=RESULTS_AT_HOME)
    context = {
        "form": NewJobForm(),
        "presets": (presets := offered_presets()),
        "chosen": _choose(presets, ""),
        "limits": _limits(user),
        "rows": list(zip(mine.open, snapshots_of(mine.open), strict=True)),
        "is_full": len(mine.open) == ROWS_AT_HOME,
        "results": mine.results,
        "is_new": not mine.open and not mine.results and not has_jobs(user),
    }
    return render(request, "jobs/home.html", context)


@page("GET", "POST", kept=False)
def new_job(request: HttpRequest) -> HttpResponseBase:
    """Photos, preset, settings, start. A refused form comes back with all that was good in it."""
    presets = offered_presets()
    if request.method == "POST":
        return _start(request, presets)
    chosen = _choose(presets, request.GET.get("preset", ""))
    form = read_new_job(request.GET, chosen.manifest if chosen else None, sent=False)
    return _show(request, presets, chosen, form, Photos(uploads_of(person(request), form.upload_ids)))


@page("POST", kept=False)
def upload(request: HttpRequest) -> HttpResponse:
    """Takes one photo, in the field `file`. 201 with what a page needs to show it; refusals say what to do."""
    file = request.FILES.get("file")
    if file is None:
        raise Refused("malformed_request", "Send one photo in the field “file”.")
    photo = accept_photo(owner=person(request), file=file)
    shown = {"width": photo.width, "height": photo.height, "thumbnail_url": thumbnail_link(photo)}
    return JsonResponse({"id": str(photo.id), "name": photo.name, **shown}, status=201)


@dataclass
class Photos:
    """What became of the photos of a form: accepted ones, and a sentence for each refused file."""

    accepted: list[Upload]
    refused: list[str] = field(default_factory=list)


def _start(request: HttpRequest, presets: Sequence[OfferedPreset]) -> HttpResponseBase:
    chosen = next((each for each in presets if each.preset.slug == request.POST.get("preset")), None)
    if chosen is None:
        raise Refused("preset_unavailable", "This preset is not offered at present. Choose another one.")
    form = read_new_job(request.POST, chosen.manifest, sent=True)
    photos = _accept_all(request, form)
    status = 422
    try:
        chosen.require_takers()
        order = _order(request, chosen, form, photos)
        if not photos.refused and not form.errors:
            return _go_to(request, submit_batch(**order, key=form.key))
        check_batch(**order)  # refused already: whatever else is wrong is said at the same time
    except Refused as refused:
        status = refused.status
        form.errors |= refused.details or {"": refused.message}
    return _show(request, presets, chosen, form, photos, status=status)


class Order(TypedDict):
    """What `submit_batch` and `check_batch` are told."""

    owner: User
    offered: OfferedPreset
    uploads: Sequence[Upload]
    values: Mapping[str, object]
    seed: int | None
    output_format: str
    variations: int
    reuse: bool


def _order(request: HttpRequest, chosen: OfferedPreset, form: NewJobForm, photos: Photos) -> Order:
    return Order(
        owner=person(request),
        offered=chosen,
        uploads=photos.accepted if chosen.manifest.needs_photo else (),
        values=form.values,
        seed=form.read_seed(),
        output_format=form.output_format,
        variations=form.variations,
        reuse=form.reuse,
    )


def _accept_all(request: HttpRequest, form: NewJobForm) -> Photos:
    """Photos sent before by their ids, and those in this form."""
    photos = Photos(uploads_of(person(request), form.upload_ids))
    for file in request.FILES.getlist("photos"):
        try:
            photos.accepted.append(accept_photo(owner=person(request), file=file))
        except Refused as refused:
            photos.refused.append(refused.message)
    return photos


def _go_to(request: HttpRequest, batch: Batch) -> HttpResponseBase:
    """One job: its page. Several: home, where they move, or all jobs where all of them were there already."""
    ids = list(jobs_of(batch).values_list("pk", flat=True))
    made = batch.jobs.count()
    if reused := len(ids) - made:
        verb = "was" if reused == 1 else "were"
        messages.success(request, f"{count(reused, 'picture')} {verb} asked for before: not charged again.")
    if len(ids) == 1:
        return redirect("job", job_id=ids[0])
    if made:
        words = "picture is on its way" if made == 1 else "pictures are on their way"
        messages.success(request, f"{made} {words}.")
    return redirect("home" if made else "jobs")


def _show(
    request: HttpRequest,
    presets: Sequence[OfferedPreset],
    chosen: OfferedPreset | None,
    form: NewJobForm,
    photos: Photos,
    *,
    status: int = 200,
) -> HttpResponse:
    ids = [str(each.id) for each in photos.accepted]
    keep = {
        slug: urlencode([("preset", slug), *(("photo", i) for i in ids)])
        for slug in (p.preset.slug for p in presets)
    }
    fields = form.settings(chosen.manifest) if chosen else []
    words = [] if chosen and chosen.manifest.needs_photo else [each for each in fields if each.is_prose]
    context = {
        "form": form,
        "presets": [(each, keep[each.preset.slug]) for each in presets],
        "chosen": chosen,
        "words": words,
        "fields": [each for each in fields if not each.parameter.advanced and each not in words],
        "advanced": [each for each in fields if each.parameter.advanced],
        "problems": form.problems(chosen.manifest) if chosen else [],
        "photos": [(each, _without(form, ids, str(each.id))) for each in photos.accepted],
        "refused": photos.refused,
        "formats": ResultFormat.choices,
        "counts": range(1, MOST_VARIATIONS + 1),
        "limits": _limits(person(request)),
    }
    return render(request, "jobs/new.html", context, status=status)


def _without(form: NewJobForm, ids: Sequence[str], dropped: str) -> str:
    return urlencode([("preset", form.preset), *(("photo", each) for each in ids if each != dropped)])


def _choose(presets: Sequence[OfferedPreset], slug: str) -> OfferedPreset | None:
    """The one asked for, else the first that can run, else the first."""
    asked = [each for each in presets if each.preset.slug == slug]
    return next(iter([*asked, *(each for each in presets if each.available), *presets]), None)


def _limits(user: User) -> dict[str, int]:
    """What the user's plan takes, as far as this installation does."""
    config, plan = settings.CONFIG, limits_of(user.pk)
    mb = min(config.max_upload_mib, plan.upload_mib)
    return {"mb": mb, "bytes": mb * 1024 * 1024, "files": min(config.max_batch_files, plan.batch_files)}
