from jobs.enums import Stage
from jobs.lifecycle import enter_stage, finish_job, report_progress
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
