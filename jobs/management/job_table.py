"""Jobs as the command line shows them: a table, and the full history of one job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone

from creator.lib.formatting import duration
from jobs.models import Attempt, Job
from jobs.streaming.snapshot import Snapshot, snapshots_of

HEADINGS = ("JOB", "STATUS", "FOR", "PRESET", "OWNER", "NODE", "WHY")


def table_of(jobs: Sequence[Job]) -> Iterator[str]:
    """A table of jobs. Load them with `owner`, `progress`, `preset_version`, `attempts__node`."""
    lines = [HEADINGS, *(_columns(job, now) for job, now in zip(jobs, snapshots_of(jobs), strict=True))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def story_of(job: Job) -> Iterator[str]:
    """Each event with its time, then each attempt: node, prompt, outcome, time on the node, workers it lost.

    Below an attempt that an error ended: the error and the node's own words.
    """
    for event in job.events.order_by("sequence"):
        state = f"{event.status} {event.stage}".strip()
        yield f"{event.created_at:%Y-%m-%d %H:%M:%S} UTC  {state}  {event.reason}".rstrip()
    for attempt in job.attempts.select_related("node").order_by("number"):
        yield _attempt_line(attempt)
        yield from _error_lines(attempt)
    if job.error_code:
        yield f"error {job.error_code}: {job.error_message}"


def _attempt_line(attempt: Attempt) -> str:
    node_time = "" if attempt.gpu_seconds is None else f", {attempt.gpu_seconds:.1f} s on the node"
    lost = f", lost workers: {attempt.lost_holders}" if attempt.lost_holders else ""
    return f"attempt {attempt.number} on {attempt.node.name}: prompt {attempt.prompt_id}, {attempt.outcome or 'open'}{node_time}{lost}"


def _error_lines(attempt: Attempt) -> Iterator[str]:
    if attempt.error:
        first, *rest = f"{attempt.error}: {attempt.error_detail}".rstrip(": ").splitlines()
        yield f"  ! {first}"
        yield from (f"    {line}" for line in rest)


def _columns(job: Job, now: Snapshot) -> tuple[str, ...]:
    attempts = list(job.attempts.all())
    since = job.finished_at or job.created_at
    return (
        str(job.id),
        f"{job.status} {job.stage}".strip(),
        duration((timezone.now() - since).total_seconds()),
        job.preset_version.preset_id,
        job.owner.shown_email,
        attempts[-1].node.name if attempts else "-",
        job.error_code or now.why,
    )
