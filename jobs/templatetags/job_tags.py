"""`{% load job_tags %}`: tags and filters for job templates. They use prefetched relations if there are any."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from billing.ledger import Line
from creator.http.file_links import file_link
from creator.lib.formatting import duration
from jobs.enums import ArtifactKind
from jobs.models import Artifact, Job, Upload
from jobs.streaming.snapshot import Snapshot, word_of
from jobs.web.job_text import (
    Setting,
    line_text,
    place_text,
    progress_text,
    removed_text,
    setting_rows,
    thumbnail_link,
)
from jobs.web.timeline import Step, timeline_steps

register = template.Library()

TONES = {
    "Queued": "wait",
    "Rendering": "run",
    "Saving": "run",
    "Done": "ok",
    "Failed": "bad",
    "Cancelled": "",
}


@register.simple_tag
def preset_picture(slug: str, which: str) -> str:
    """Address of the preset's `before` or `after` picture; empty if it has none (imported presets)."""
    path = f"presets/{slug}/{which}.webp"
    return static(path) if _exists(path) else ""


@lru_cache(maxsize=256)
def _exists(path: str) -> bool:
    return finders.find(path) is not None


@register.filter
def tone(word: str) -> str:
    """The CSS class that colours the pill of a status."""
    return TONES[word]


@register.filter
def word(job: Job) -> str:
    """The status as pages name it."""
    return word_of(job.status, job.stage)


@register.filter
def title(job: Job) -> str:
    """The preset's title."""
    return job.preset_version.manifest.title


@register.filter
def display_name(job: Job) -> str:
    """The photo's name. For a picture made from text: the preset's title, because the job is named by its slug."""
    return job.name if job.preset_version.manifest.needs_photo else title(job)


@register.filter
def artifact(job: Job, kind: str) -> Artifact | None:
    """The job's file of that kind, if it has been made."""
    return next((each for each in job.artifacts.all() if each.kind == kind), None)


@register.filter
def thumbnail(job: Job) -> str:
    """Address of the result's thumbnail, else of the photo's. Empty if there is neither, or the files were purged."""
    made = artifact(job, ArtifactKind.THUMBNAIL)
    if made is not None:
        return file_link(made.key, name="thumbnail.webp", inline=True)
    return photo_thumbnail(job)


@register.filter
def photo_thumbnail(job: Job) -> str:
    """Address of the thumbnail of the job's photo; empty if it has none or the files were purged."""
    return upload_thumbnail(job.upload) if job.upload and not job.files_purged_at else ""


@register.filter
def upload_thumbnail(upload: Upload) -> str:
    """Address of the photo's thumbnail."""
    return thumbnail_link(upload)


@register.filter
def upload_preview(upload: Upload) -> str:
    """Address of the photo at page size."""
    return file_link(upload.preview_key, name="photo.webp", inline=True)


@register.filter
def picture(made: Artifact) -> str:
    """Address of an artifact, for display on a page."""
    return file_link(made.key, name="picture.webp", inline=True)


@register.filter
def removed(job: Job) -> str:
    """When and why the job's files were purged; empty if they were not."""
    return removed_text(job) if job.files_purged_at else ""


@register.filter
def settings_of(job: Job) -> list[Setting]:
    """The chosen settings, in the order and with the labels of the preset's form."""
    return setting_rows(job)


@register.filter
def line_words(line: Line) -> str:
    """What happened to credits, such as "4 credits held when you started it"."""
    return line_text(line)


@register.filter
def row_words(job: Job, now: Snapshot) -> str:
    """The line below a job's name in a list: the preset, then details that depend on the status."""
    return " · ".join([title(job), *_state_words(now)])


def _state_words(now: Snapshot) -> list[str]:
    if now.cancelling:
        return ["stopping"]
    if now.word == "Queued":
        return place_text(now)
    if now.error:
        return [f"{now.error['message']} Nothing was charged."]
    if not now.terminal:
        return progress_text(now)
    return [f"made in {duration(now.seconds)}"] if now.seconds and now.word == "Done" else []


@register.filter
def place_words(now: Snapshot) -> str:
    """A queued job's position, e.g. "2nd in line · done in about 40 s"."""
    return " · ".join(place_text(now))


@register.filter
def progress_words(now: Snapshot) -> str:
    """What a processing job is doing, e.g. "Film contrast · step 14 of 25 · about 20 s left"."""
    return " · ".join(progress_text(now))


@register.filter
def steps_of(job: Job, now: Snapshot) -> list[Step]:
    """The timeline. Events are read after the job; those newer than the snapshot are left out."""
    return timeline_steps([event for event in job.events.all() if event.sequence <= now.sequence], now)
