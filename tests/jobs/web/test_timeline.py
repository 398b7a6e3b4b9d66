"""A job's timeline, made from its events alone."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from jobs.lifecycle import cancel_job
from jobs.models import Job, JobEvent
from jobs.streaming.snapshot import snapshot_of
from jobs.templatetags.job_tags import steps_of
from jobs.web.job_text import place_text
from jobs.web.timeline import timeline_steps
from tests.jobs.lifecycle import rows

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def events(*moves: str) -> list[JobEvent]:
    """Make events one second apart. A move is `status` or `processing/stage`, optionally followed by `: reason`."""
    made = []
    for second, move in enumerate(moves):
        state, _, reason = move.partition(": ")
        status, _, stage = state.partition("/")
        made.append(
            JobEvent(status=status, stage=stage, reason=reason, created_at=START + timedelta(seconds=second))
        )
    return made


def lines(*moves: str, terminal: bool = False, words: str = "", why: str = "") -> list[tuple[str, str]]:
    now = SimpleNamespace(terminal=terminal, words=words, why=why)
    return [(step.label, step.state) for step in timeline_steps(events(*moves), now)]


def test_the_straight_way():
    moves = ("queued", "processing/staged", "processing/running", "processing/saving", "completed")
    assert lines(*moves, terminal=True) == [
        ("Waited in the queue", "done"),
        ("Rendered", "done"),
        ("Saved", "done"),
        ("Done", "done"),
    ]


def test_what_is_and_what_comes():
    assert lines("queued", "processing/running") == [
        ("Waited in the queue", "done"),
        ("Rendering", "now"),
        ("Saving", "todo"),
        ("Done", "todo"),
    ]


def test_a_lost_node_is_told_with_its_reason():
    moves = ("queued", "processing/running", "queued: The node stopped answering.", "processing/running")
    steps = timeline_steps(events(*moves), SimpleNamespace(terminal=False, words="Film contrast", why=""))
    assert [(step.label, step.state, step.words) for step in steps[:4]] == [
        ("Waited in the queue", "done", ""),
        ("Rendering, not finished", "off", ""),
        ("Waited in the queue", "done", "The node stopped answering."),
        ("Rendering", "now", "Film contrast"),
    ]


@pytest.mark.parametrize(
    ("end", "label", "state"), [("failed", "Failed", "bad"), ("cancelled", "Cancelled", "off")]
)
def test_what_was_cut_short_is_not_called_finished(end, label, state):
    assert lines("queued", "processing/running", end, terminal=True) == [
        ("Waited in the queue", "done"),
        ("Rendering, not finished", "off"),
        (label, state),
    ]


def test_a_staged_prompt_still_waits_and_the_wait_is_one():
    steps = timeline_steps(
        events("queued", "processing/staged", "processing/running"),
        SimpleNamespace(terminal=False, words="", why=""),
    )
    assert (steps[0].label, steps[0].seconds) == ("Waited in the queue", 2.0)


@pytest.mark.parametrize(
    ("position", "eta", "why", "words"),
    [
        (2, 40, "Waiting for a free node.", ["2nd in line", "done in about 40 s"]),
        (2, None, "No node can run this yet.", ["2nd in line", "No node can run this yet."]),
        (None, 40, "Waiting its turn on the node.", ["done in about 40 s"]),
        (None, None, "", []),
    ],
)
def test_a_place_says_when_the_picture_is_there_else_why_it_waits(position, eta, why, words):
    """The estimate counts to the end of the job, not to its start."""
    assert place_text(SimpleNamespace(position=position, eta=eta, why=why)) == words


def test_a_job_that_ends_while_its_page_is_made_is_shown_as_it_was(cast):
    """The page read the job's row before the job ended, and its events afterwards."""
    job = rows.submit_one(cast.owner, rows.slow_preset())
    before = Job.objects.get(pk=job.pk)
    now = snapshot_of(before)
    assert cancel_job(job=job) == "never_started"
    assert [step.state for step in steps_of(before, now)][0:2] == ["now", "todo"]
    after = Job.objects.get(pk=job.pk)
    assert [step.state for step in steps_of(after, snapshot_of(after))] == ["done", "off"]
