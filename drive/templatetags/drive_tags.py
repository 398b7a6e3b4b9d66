"""`{% load drive_tags %}`: what pages say of watched folders and of the files in them."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from accounts.models import User
from drive.enums import FileState, Pause, Trouble
from drive.models import Connection, FoundFile
from drive.queries import OF_TROUBLE, FolderView, Glance, at_a_glance, job_of
from jobs.enums import JobStatus
from jobs.streaming.snapshot import word_of

register = template.Library()
register.filter(job_of)

STATES = {
    "watching": ("Watching", "ok"),
    "away": ("Not answering", "wait"),
    "disconnected": ("Disconnected", "bad"),
}
BAD_PAUSES = (Pause.INPUT_GONE, Pause.OUTPUT_GONE, Pause.FULL)
FILES = {FileState.FOUND: "wait", FileState.REFUSED: "bad"}


@register.filter
def state_word(view: FolderView) -> str:
    """The state of a folder in a word or two: of a pause, its kind."""
    return view.folder.get_pause_display() if view.state == "paused" else STATES[view.state][0]


@register.filter
def state_tone(view: FolderView) -> str:
    """The CSS class that colours the pill of that word."""
    if view.state == "paused":
        return "bad" if view.folder.pause in BAD_PAUSES else "wait"
    return STATES[view.state][1]


@register.filter
def trouble_words(connection: Connection) -> str:
    """Why nothing goes through the connection, and what to do."""
    return OF_TROUBLE[Trouble(connection.trouble)].format(label=connection.label)


@register.filter
def value_of(values: Mapping[str, str], name: str) -> str:
    """The value of that name, else the name."""
    return values.get(name, name)


@register.filter
def file_word(file: FoundFile) -> str:
    """What became of a file, in a word or two: of one that became a job, the job's state."""
    if file.state == FileState.COPY and _was_not_made(file):
        return "Tried before"
    if file.state != FileState.TAKEN:
        return FileState(file.state).label
    job = job_of(file)
    return word_of(job.status, job.stage) if job else "Deleted"


def _was_not_made(file: FoundFile) -> bool:
    """Whether the picture of this content failed or was cancelled. Only "Make the last again" tries it anew."""
    job = job_of(file)
    return bool(job and job.status in (JobStatus.FAILED, JobStatus.CANCELLED))


@register.filter
def file_tone(file: FoundFile) -> str:
    """The CSS class that colours the pill of a file that is no job."""
    return FILES.get(FileState(file.state), "")


@register.inclusion_tag("drive/_glance.html")
def folders_at_a_glance(user: User) -> dict[str, Glance]:
    """A line for the start page: how many folders are watched, and how many of them make no pictures. One query."""
    return {"glance": at_a_glance(user)}
