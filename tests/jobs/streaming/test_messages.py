from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import (
    Cause,
    cancel_job,
    enter_stage,
    fail_job,
    finish_job,
    free_slot,
    report_progress,
    requeue_job,
)
from jobs.models import JobProgress
from jobs.streaming import messages
from jobs.streaming.previews import get_preview, keep_preview, latest_number
from tests.jobs.lifecycle import rows


def test_what_happens_between_the_two_reads_is_not_lost(cast, slow, monkeypatch):
    """The job moves on just before and just after the snapshot is read."""
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, rows.make_node())
    steps = iter([lambda: enter_stage(held, Stage.RUNNING), lambda: finish_job(held, [])])
    read = messages.read_snapshot

    def read_late(job_id):
        next(steps)()
        found = read(job_id)
        next(steps)()
        return found

    monkeypatch.setattr(messages, "read_snapshot", read_late)
    told = messages.messages_after(job.id, 1)
    monkeypatch.undo()
    told += messages.messages_after(job.id, told[-1]["sequence"])
    assert [(m["sequence"], m["status"], m["stage"]) for m in told] == [
        (2, "processing", "staged"),
        (3, "processing", "running"),
        (4, "completed", ""),
    ]


def test_past_states_are_told_as_they_were(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, rows.make_node())
    report_progress(held, percent=50, stage_title="Half", step=1, steps=2)
    finish_job(held, [])
    queued, staged, done = messages.messages_after(job.id, 0)
    assert [m["terminal"] for m in (queued, staged, done)] == [False, False, True]
    assert [m["node"] for m in (queued, staged)] == ["", ""]
    assert JobProgress.objects.get(pk=job.pk).sequence == done["sequence"] == 4


def test_a_past_state_shows_nothing_of_what_came_later(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    lost, kept = rows.make_node("a"), rows.make_node("b")
    for node in (lost, kept):
        held = rows.claim(job, node)
        enter_stage(held, Stage.RUNNING)
        report_progress(held, percent=40, stage_title="Half", step=1, steps=2)
        if node is lost:
            requeue_job(
                held, outcome=Outcome.LOST, cause=Cause("The node was lost. Waiting for another one.")
            )
    free_slot(held, gpu_seconds=1)
    finish_job(held, [])
    told = messages.messages_after(job.id, 0)
    assert [(m["word"], m["percent"], m["words"]) for m in told] == [
        ("Queued", 0, ""),
        ("Queued", 0, ""),
        ("Rendering", 0, ""),
        ("Queued", 0, "The node was lost. Waiting for another one."),
        ("Queued", 0, ""),
        ("Rendering", 0, ""),
        ("Saving", 40, ""),
        ("Done", 100, ""),
    ]
    assert {(m["step"], m["steps"], m["cancelling"], m["error"]) for m in told} == {(0, 0, False, None)}
    assert [m["finished_at"] for m in told[:-1]] == [None] * 7
    began = [m["started_at"] for m in told]
    assert (began[:2], began[2] == began[4] == told[2]["updated_at"]) == ([None, None], True)
    assert (began[5] == began[6] == told[5]["updated_at"], told[5]["seconds"]) == (True, 0)
    assert [m["why"] for m in told] == [""] * 8


def test_a_past_state_is_told_equally_at_any_time(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, rows.make_node())
    enter_stage(held, Stage.RUNNING)
    free_slot(held, gpu_seconds=1)
    early = messages.messages_after(job.id, 0)[:-1]
    cancel_job(job=job)
    fail_job(held, FailureCode.TIMEOUT)
    late = messages.messages_after(job.id, 0)[: len(early)]
    assert [message | {"sent_at": None} for message in early] == [
        message | {"sent_at": None} for message in late
    ]


def test_a_past_state_after_a_cancel_says_so(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, rows.make_node())
    cancel_job(job=job)
    enter_stage(held, Stage.RUNNING)
    fail_job(held, FailureCode.TIMEOUT)
    told = messages.messages_after(job.id, 0)
    assert [m["cancelling"] for m in told] == [False, False, True, False]


def test_previews_are_kept_in_order_and_of_pictures_only(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    rows.put_into(job, "processing")
    for content, mime in ((b"1", "image/png"), (b"<svg>", "image/svg+xml"), (b"2", "image/jpeg")):
        keep_preview(job.id, content, mime)
    assert (latest_number(job.id), get_preview(job).content) == (2, b"2")


def test_a_watcher_who_returns_to_nothing_new_does_not_skip_what_comes_meanwhile(cast, slow, monkeypatch):
    """The job moves on twice after the snapshot is read. The next look finds both events."""
    job, node, read = rows.submit_one(cast.owner, slow), rows.make_node(), messages.read_snapshot

    def read_early(job_id):
        found = read(job_id)
        enter_stage(rows.claim(job, node), Stage.RUNNING)
        return found

    monkeypatch.setattr(messages, "read_snapshot", read_early)
    told = messages.first_messages(job.id, 1)
    monkeypatch.undo()
    told += messages.news_after(job.id, told[-1]["sequence"])
    assert [(message["type"], message["sequence"]) for message in told] == [
        ("snapshot", 1),
        ("update", 2),
        ("update", 3),
    ]
