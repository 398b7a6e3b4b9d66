"""Page text about a job: settings, position, progress, removed files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from billing.enums import LineKind
from billing.ledger import Line
from creator.http.file_links import file_link
from creator.lib.formatting import about, count, moment, ordinal
from jobs.models import Job, Upload
from jobs.presets.params import BooleanParameter, ChoiceParameter, IntegerParameter, Parameter
from jobs.streaming.snapshot import Snapshot

HAPPENED = {
    LineKind.QUOTED: "quoted for this picture",
    LineKind.HELD: "held when you started it",
    LineKind.CHARGED: "charged when it was done",
    LineKind.RETURNED: "returned: nothing was charged",
}
FREE = {
    LineKind.QUOTED: "Free: no credits needed",
    LineKind.HELD: "No credits held",
    LineKind.CHARGED: "Nothing charged",
    LineKind.RETURNED: "Nothing charged",
}


@dataclass(frozen=True)
class Setting:
    """One line of a settings list."""

    label: str
    words: str


def thumbnail_link(upload: Upload) -> str:
    """Address of the photo's thumbnail."""
    return file_link(upload.thumbnail_key, name="thumbnail.webp", inline=True)


def retention_days_of(job: Job) -> int | None:
    """For how many days the owner's plan stored the files when the job ended; None if that was not recorded."""
    if job.finished_at is None or job.files_expire_at is None:
        return None
    return round((job.files_expire_at - job.finished_at) / timedelta(days=1))


def removed_text(job: Job) -> str:
    """When and why the files of this job were removed; they were."""
    assert job.files_purged_at
    days = retention_days_of(job)
    reason = f", because your plan stores them for {count(days, 'day')}" if days else ""
    return f"The files of this job were removed on {moment(job.files_purged_at, 'day')}{reason}."


def setting_rows(job: Job) -> list[Setting]:
    """The values of a job's parameters with the labels of its preset version."""
    parameters = job.preset_version.manifest.settings
    return [
        Setting(each.label, value_text(each, job.parameters[each.name]))
        for each in parameters
        if each.name in job.parameters
    ]


def value_text(parameter: Parameter, value: object) -> str:
    """A parameter's value, stored or from a form, as people read it."""
    if isinstance(parameter, BooleanParameter):
        return "On" if value not in (False, "false") else "Off"
    if isinstance(parameter, ChoiceParameter):
        return next((choice.label for choice in parameter.choices if choice.value == value), str(value))
    if isinstance(parameter, IntegerParameter) and parameter.unit:
        return f"{value} {parameter.unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def line_text(line: Line) -> str:
    """What happened to credits of the job, in a sentence."""
    if not line.amount:
        return FREE[line.kind]
    return f"{count(line.amount, 'credit')} {HAPPENED[line.kind]}"


def place_text(now: Snapshot) -> list[str]:
    """A queued job's position, then when it will be done or, if that is unknown, why it waits."""
    place = [f"{ordinal(now.position)} in line"] if now.position else []
    if now.eta is not None:
        return [*place, f"done in {about(now.eta)}"]
    return [*place, now.why] if now.why else place


def progress_text(now: Snapshot) -> list[str]:
    """What a processing job is doing: stage, step, time left."""
    if now.word == "Saving":
        return ["Saving"]
    parts = [now.words or now.word]
    if now.steps:
        parts.append(f"step {now.step} of {now.steps}")
    if now.eta is not None:
        parts.append(f"{about(now.eta)} left")
    return parts
