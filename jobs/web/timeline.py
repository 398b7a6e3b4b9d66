"""A job as a list of steps: past, present and future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.enums import FINAL, JobStatus, Stage
from jobs.models import JobEvent
from jobs.streaming.snapshot import Snapshot


@dataclass(frozen=True)
class Step:
    """One line of the timeline.

    `state`: done, now, todo, off (cut short) or bad. `seconds`: how long the step took, if it is over.
    """

    label: str
    state: str
    words: str = ""
    at: datetime | None = None
    seconds: float | None = None


PHASES = ("Queued", "Rendering", "Saving")
PAST = {"Queued": "Waited in the queue", "Rendering": "Rendered", "Saving": "Saved"}
ENDS = {JobStatus.COMPLETED: "done", JobStatus.FAILED: "bad", JobStatus.CANCELLED: "off"}
PRESENT = {"Queued": "Waiting in the queue", "Rendering": "Rendering", "Saving": "Saving"}


def timeline_steps(events: Sequence[JobEvent], now: Snapshot) -> list[Step]:
    """Past steps from the events, the present step from the snapshot, then the remaining steps.

    A job that lost its node waits and renders again. The list shows both attempts, with the reason.
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
    """The first event of every stay in a phase. A staged prompt still counts as queued."""
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
        return Step(phase, ENDS[JobStatus(event.status)], event.reason, event.created_at)
    if after is None:
        return Step(PRESENT[phase], "now", event.reason or _present_text(phase, now), event.created_at)
    seconds = (after[1].created_at - event.created_at).total_seconds()
    if phase != "Queued" and after[0] in ("Queued", "Failed", "Cancelled"):
        return Step(f"{phase}, not finished", "off", event.reason, event.created_at, seconds)
    return Step(PAST[phase], "done", event.reason, event.created_at, seconds)


def _present_text(phase: str, now: Snapshot) -> str:
    return now.why if phase == "Queued" else now.words
