"""The new-job page: photos, preset, settings, start."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.callers import signed_in_user
from billing.ledger import present_account
from billing.plans import limits_of
from billing.queries import present_notice
from creator.http.ways_on import WayOn, way_on
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.web.pages import page
from jobs.catalogue import OfferedPreset, choose_preset, offered_presets
from jobs.enums import ResultFormat
from jobs.lifecycle import MOST_VARIATIONS, JobRequest, check_request, submit_batch
from jobs.models import Batch
from jobs.queries import jobs_of
from jobs.web.form_photos import Photos, read_photos
from jobs.web.forms import NewJobForm, read_new_job
from jobs.web.result_sizes import size_words


def _same_form(request: HttpRequest) -> str:
    """The address that shows the sent form again, with the photos that are stored already."""
    presets = offered_presets()
    chosen = preselect(presets, request.POST.get("preset", ""))
    form = read_new_job(request.POST, chosen.manifest if chosen else None, sent=True)
    return f"{reverse('new_job')}?{form.query(form.upload_ids)}"


@page("GET", "POST", again=_same_form)
def new_job(request: HttpRequest) -> HttpResponseBase:
    """A refused form is shown again with the sent values and the accepted photos.

    A preset without a seed always reuses the picture that is there. What the form still holds of another
    preset's seed and variations is not sent.
    """
    presets = offered_presets()
    if request.method == "POST":
        return _start(request, presets)
    chosen = preselect(presets, request.GET.get("preset", ""))
    form = read_new_job(request.GET, chosen.manifest if chosen else None, sent=False)
    return _show(request, presets, chosen, form, _photos(request, form))


def preselect(presets: Sequence[OfferedPreset], slug: str) -> OfferedPreset | None:
    """The preset that was asked for, else the first that a node can run, else the first."""
    asked = [each for each in presets if each.preset.slug == slug]
    return next(iter([*asked, *(each for each in presets if each.available), *presets]), None)


def _start(request: HttpRequest, presets: Sequence[OfferedPreset]) -> HttpResponseBase:
    chosen = preselect(presets, request.POST.get("preset", ""))
    form = read_new_job(request.POST, chosen.manifest if chosen else None, sent=True)
    photos = _photos(request, form)
    status, way = 422, None
    try:
        chosen = choose_preset(request.POST.get("preset", ""), among=presets)
        has_seed = chosen.manifest.has_seed
        job_request = JobRequest(
            owner=signed_in_user(request),
            preset=chosen,
            photos=photos.accepted if chosen.manifest.needs_photo else (),
            parameters=form.values,
            seed=form.read_seed() if has_seed else None,
            output_format=form.output_format,
            variations=form.variations if has_seed else 1,
            reuse=form.reuse or not has_seed,
        )
        if not photos.refused and not form.errors:
            asked = max(1, len(job_request.photos)) * job_request.variations
            return _go_to(request, submit_batch(job_request, key=form.key), asked=asked)
        # The form is refused already. Report every other error at the same time.
        check_request(job_request)
    except Refused as refused:
        status = refused.status
        if refused.code == "invalid_parameters":
            form.errors |= refused.problems
        else:
            form.errors[""] = refused.message
            way = way_on(refused)
    return _show(request, presets, chosen, form, photos, status=status, way=way)


def _photos(request: HttpRequest, form: NewJobForm) -> Photos:
    owner = signed_in_user(request)
    files = request.FILES.getlist("photos")
    return read_photos(owner, form.upload_ids, files, limits=limits_of(owner.pk))


def _go_to(request: HttpRequest, batch: Batch, *, asked: int) -> HttpResponseBase:
    """One job: redirect to its page. Several: home, or the job list if all of them were reused.

    `asked` pictures were asked for. With reuse, equal photos have one job. A form that is sent again finds no job that
    was deleted since.
    """
    ids = list(jobs_of(batch).values_list("pk", flat=True))
    made = batch.jobs.filter(deleted_at=None).count()
    if not ids:
        messages.info(request, "What this form started was deleted meanwhile.")
        return redirect("jobs")
    if reused := len(ids) - made:
        verb = "was" if reused == 1 else "were"
        messages.success(request, f"{count(reused, 'picture')} {verb} reused, free of charge.")
    if (equal := asked - len(ids)) > 0:
        messages.info(request, f"{count(equal, 'photo')} looked like another one. Each picture is made once.")
    if len(ids) == 1:
        return redirect("job", job_id=ids[0])
    if made:
        phrase = "picture is on its way" if made == 1 else "pictures are on their way"
        messages.success(request, f"{made} {phrase}.")
    return redirect("home" if made else "jobs")


def _show(
    request: HttpRequest,
    presets: Sequence[OfferedPreset],
    chosen: OfferedPreset | None,
    form: NewJobForm,
    photos: Photos,
    *,
    status: int = 200,
    way: WayOn | None = None,
) -> HttpResponse:
    ids = photos.ids
    account = present_account(signed_in_user(request).pk)
    form.preset = chosen.preset.slug if chosen else ""
    fields = form.settings(chosen.manifest) if chosen else []
    prose = [] if chosen and chosen.manifest.needs_photo else [each for each in fields if each.is_prose]
    context = {
        "form": form,
        "presets": [(each, form.query(ids, preset=each.preset.slug)) for each in presets],
        "chosen": chosen,
        "prose": prose,
        "fields": [each for each in fields if not each.parameter.advanced and each not in prose],
        "advanced": [each for each in fields if each.parameter.advanced],
        "problems": form.problems(chosen.manifest) if chosen else [],
        "photos": [(each, form.query(i for i in ids if i != each.id)) for each in photos.accepted],
        "sizes": size_words(chosen.manifest, photos.accepted, form.values) if chosen else "",
        "refused": photos.refused,
        "way": way if way and way.address != reverse("new_job") else None,
        "formats": ResultFormat.choices,
        "counts": range(1, MOST_VARIATIONS + 1),
        "limits": limits_of(signed_in_user(request).pk),
        "credits": account.available,
        "quota": present_notice(account),
        "start": form.start_words(chosen, len(ids)) if chosen else "",
    }
    return render(request, "jobs/new.html", context, status=status)
