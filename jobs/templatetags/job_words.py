"""`{% load job_words %}`: what templates of jobs ask of a row. Prefetched relations are used where there are any."""

from __future__ import annotations

from django import template

from creator.lib.links import file_link
from creator.lib.words import duration
from jobs.enums import ArtifactKind, JobStatus, Stage
from jobs.models import Artifact, Job, Upload
from jobs.streaming.snapshot import Snapshot
from jobs.web.shown import (
    Setting,
    Step,
    removed_words,
    shown_place,
    shown_progress,
    shown_settings,
    shown_steps,
    thumbnail_link,
)

register = template.Library()

TONES = {
    "Queued": "wait",
    "Rendering": "run",
    "Saving": "run",
    "Done": "ok",
    "Failed": "bad",
    "Cancelled": "",
}


@register.filter
def tone(word: str) -> str:
    """The class that colours a state's pill."""
    return TONES[word]


@register.filter
def word(job: Job) -> str:
    """The state in the words of the pages; a staged prompt is still queued."""
    return Stage(job.stage).label if job.stage else JobStatus(job.status).label


@register.filter
def title(job: Job) -> str:
    """The preset's title."""
    return job.preset_version.manifest.title


@register.filter
def display_name(job: Job) -> str:
    """The photo's name; for a picture made from words the preset's title instead of its slug."""
    return job.name if job.preset_version.manifest.needs_photo else title(job)


@register.filter
def artifact(job: Job, kind: str) -> Artifact | None:
    """The job's file of that kind, if it has been made."""
    return next((each for each in job.artifacts.all() if each.kind == kind), None)


@register.filter
def thumbnail(job: Job) -> str:
    """Address of the small picture: of the result, else of the photo; nothing where there is neither, or the result went."""
    made = artifact(job, ArtifactKind.THUMBNAIL)
    if made is not None:
        return file_link(made.key, name="thumbnail.webp", inline=True)
    return upload_thumbnail(job.upload) if job.upload and not job.files_purged_at else ""


@register.filter
def upload_thumbnail(upload: Upload) -> str:
    """Address of the photo's small picture."""
    return thumbnail_link(upload)


@register.filter
def upload_preview(upload: Upload) -> str:
    """Address of the photo at page size."""
    return file_link(upload.preview_key, name="photo.webp", inline=True)


@register.filter
def picture(made: Artifact) -> str:
    """Address of an artifact for showing on a page."""
    return file_link(made.key, name="picture.webp", inline=True)


@register.filter
def removed(job: Job) -> str:
    """When and why the job's files went; nothing while they are there."""
    return removed_words(job) if job.files_purged_at else ""


@register.filter
def settings_of(job: Job) -> list[Setting]:
    """What was chosen, in the order and words of the preset's form."""
    return shown_settings(job)


@register.filter
def row_words(job: Job, now: Snapshot) -> str:
    """The line under a job's name in a list: preset, then what matters in its state."""
    return " · ".join([title(job), *_state_words(now)])


def _state_words(now: Snapshot) -> list[str]:
    if now.cancelling:
        return ["stopping"]
    if now.word == "Queued":
        return shown_place(now)
    if now.error:
        return [f"{now.error['message']} Nothing was charged."]
    if not now.terminal:
        return shown_progress(now)
    return [f"made in {duration(now.seconds)}"] if now.seconds and now.word == "Done" else []


@register.filter
def place_words(now: Snapshot) -> str:
    """Where a queued job stands, e.g. "2nd in line · done in about 40 s"."""
    return " · ".join(shown_place(now))


@register.filter
def progress_words(now: Snapshot) -> str:
    """What is being done, e.g. "Film contrast · step 14 of 25 · about 20 s left"."""
    return " · ".join(shown_progress(now))


@register.filter
def steps_of(job: Job, now: Snapshot) -> list[Step]:
    """The timeline: what was, what is, what comes. Events are read after the job: those that it had not then are left out."""
    return shown_steps([event for event in job.events.all() if event.sequence <= now.sequence], now)
