"""Rows in the words and order of a page: settings of a job, steps of its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from creator.lib.links import file_link
from creator.lib.words import about, count, ordinal
from jobs.enums import FINAL, JobStatus, Stage
from jobs.models import Job, JobEvent, Upload
from jobs.presets.params import BooleanParameter, ChoiceParameter, IntegerParameter, Parameter
from jobs.streaming.snapshot import Snapshot


@dataclass(frozen=True)
class Setting:
    """One line of a settings list."""

    label: str
    words: str


@dataclass(frozen=True)
class Step:
    """One line of the timeline. `state`: done, now, todo, off (cut short) or bad. `seconds`: how long it took, once it is over."""

    label: str
    state: str
    words: str = ""
    at: datetime | None = None
    seconds: float | None = None


PHASES = ("Queued", "Rendering", "Saving")
PAST = {"Queued": "Waited in the queue", "Rendering": "Rendered", "Saving": "Saved"}
ENDS = {JobStatus.COMPLETED: "done", JobStatus.FAILED: "bad", JobStatus.CANCELLED: "off"}
PRESENT = {"Queued": "Waiting in the queue", "Rendering": "Rendering", "Saving": "Saving"}


def thumbnail_link(upload: Upload) -> str:
    """Address of the photo's small picture."""
    return file_link(upload.thumbnail_key, name="thumbnail.webp", inline=True)


def days_kept(job: Job) -> int | None:
    """For how many days the owner's plan kept the files of this job when it ended; None if that was not written down."""
    if job.finished_at is None or job.files_expire_at is None:
        return None
    return round((job.files_expire_at - job.finished_at) / timedelta(days=1))


def removed_words(job: Job) -> str:
    """When and why the files of this job went."""
    days = days_kept(job)
    reason = f", as your plan keeps them {count(days, 'day')}" if days else ""
    return f"Your files of this job were removed on {job.files_purged_at:%-d %B %Y}{reason}."


def shown_settings(job: Job) -> list[Setting]:
    """The values of a job's parameters with the labels of its preset version."""
    parameters = job.preset_version.manifest.settings
    return [
        Setting(each.label, _value_words(each, job.parameters[each.name]))
        for each in parameters
        if each.name in job.parameters
    ]


def _value_words(parameter: Parameter, value: object) -> str:
    if isinstance(parameter, BooleanParameter):
        return "On" if value else "Off"
    if isinstance(parameter, ChoiceParameter):
        return next((choice.label for choice in parameter.choices if choice.value == value), str(value))
    if isinstance(parameter, IntegerParameter) and parameter.unit:
        return f"{value} {parameter.unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def shown_place(now: Snapshot) -> list[str]:
    """Where a queued job stands: place, then when it will be done, else why it waits."""
    place = [f"{ordinal(now.position)} in line"] if now.position else []
    if now.eta is not None:
        return [*place, f"done in {about(now.eta)}"]
    return [*place, now.why] if now.why else place


def shown_progress(now: Snapshot) -> list[str]:
    """What a held job is at: stage, step, what is left."""
    if now.word == "Saving":
        return ["Saving"]
    words = [now.words or now.word]
    if now.steps:
        words.append(f"step {now.step} of {now.steps}")
    if now.eta is not None:
        words.append(f"{about(now.eta)} left")
    return words


def shown_steps(events: Sequence[JobEvent], now: Snapshot) -> list[Step]:
    """Past steps from the state events, the present one from the snapshot, the rest of the way after it.

    A job that lost its node waits and renders again: both are shown, with the reason.
    """
    visits = _visits(events)
    steps = [_step(*visit, after, now) for visit, after in zip(visits, [*visits[1:], None], strict=True)]
    if now.terminal or not visits:
        return steps
    present = visits[-1][0]
    to_come = PHASES[PHASES.index(present) + 1 :]
    return [*steps, *(Step(PRESENT[phase], "todo") for phase in to_come), Step("Done", "todo")]


Visit = tuple[str, JobEvent]


def _visits(events: Sequence[JobEvent]) -> list[Visit]:
    """The first event of every stay in a phase; a staged prompt still waits."""
    visits: list[Visit] = []
    for event in events:
        phase = _phase(event)
        if not visits or visits[-1][0] != phase:
            visits.append((phase, event))
    return visits


def _phase(event: JobEvent) -> str:
    if event.status in FINAL:
        return JobStatus(event.status).label
    return "Queued" if event.status == JobStatus.QUEUED else Stage(event.stage).label


def _step(phase: str, event: JobEvent, after: Visit | None, now: Snapshot) -> Step:
    if phase not in PHASES:
        return Step(phase, ENDS[JobStatus(event.status)], event.words, event.created_at)
    if after is None:
        return Step(PRESENT[phase], "now", event.words or _present_words(phase, now), event.created_at)
    seconds = (after[1].created_at - event.created_at).total_seconds()
    if phase != "Queued" and after[0] in ("Queued", "Failed", "Cancelled"):
        return Step(f"{phase}, not finished", "off", event.words, event.created_at, seconds)
    return Step(PAST[phase], "done", event.words, event.created_at, seconds)


def _present_words(phase: str, now: Snapshot) -> str:
    return now.why if phase == "Queued" else now.words
