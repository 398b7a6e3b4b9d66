from jobs.enums import Stage
from jobs.lifecycle import enter_stage, finish_job, report_progress
from jobs.models import JobProgress
from jobs.streaming import feed
from jobs.streaming.previews import keep_preview, latest_number, latest_preview
from tests.lifecycle import rows


def test_what_happens_between_the_two_reads_is_not_lost(cast, slow, monkeypatch):
    """Somebody moves the job on while its changes are being read."""
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, rows.make_node())
    steps = iter([lambda: enter_stage(held, Stage.RUNNING), lambda: finish_job(held, [])])
    read = feed.read_snapshot

    def read_late(job_id):
        next(steps)()
        found = read(job_id)
        next(steps)()
        return found

    monkeypatch.setattr(feed, "read_snapshot", read_late)
    messages = feed.messages_after(job.id, 1)
    monkeypatch.undo()
    messages += feed.messages_after(job.id, messages[-1]["sequence"])
    assert [(m["sequence"], m["status"], m["stage"]) for m in messages] == [
        (2, "processing", "staged"),
        (3, "processing", "running"),
        (4, "completed", ""),
    ]


def test_past_states_are_told_as_they_were(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, rows.make_node())
    report_progress(held, percent=50, words="Half", step=1, steps=2)
    finish_job(held, [])
    queued, staged, done = feed.messages_after(job.id, 0)
    assert [m["terminal"] for m in (queued, staged, done)] == [False, False, True]
    assert [m["node"] for m in (queued, staged)] == ["", ""]
    assert JobProgress.objects.get(pk=job.pk).sequence == done["sequence"] == 4


def test_previews_are_kept_in_order_and_of_pictures_only(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    for content, mime in ((b"1", "image/png"), (b"<svg>", "image/svg+xml"), (b"2", "image/jpeg")):
        keep_preview(job.id, content, mime)
    assert (latest_number(job.id), latest_preview(job.id).content) == (2, b"2")


def test_a_watcher_who_returns_to_nothing_new_does_not_skip_what_comes_meanwhile(cast, slow, monkeypatch):
    """Two states pass while the answer is made: told is the present that was read, and the next look finds both."""
    job, node, read = rows.submit_one(cast.owner, slow), rows.make_node(), feed.read_snapshot

    def read_early(job_id):
        found = read(job_id)
        enter_stage(rows.claim(job, node), Stage.RUNNING)
        return found

    monkeypatch.setattr(feed, "read_snapshot", read_early)
    told = feed.first_messages(job.id, 1)
    monkeypatch.undo()
    told += feed.news_after(job.id, told[-1]["sequence"])
    assert [(message["type"], message["sequence"]) for message in told] == [
        ("snapshot", 1),
        ("update", 2),
        ("update", 3),
    ]
