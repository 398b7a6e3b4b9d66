from types import SimpleNamespace
from uuid import uuid4

import pytest

from jobs.comfy import ComfyError, Executed, OutputFile, Preview, PreviewFile, Progress
from jobs.execution import reporter as module
from jobs.execution.leases import LeaseLost
from jobs.execution.reporter import Guess, Reporter
from jobs.lifecycle import Claim
from jobs.signals import preview_made

CLAIM = Claim(uuid4(), uuid4(), 1, uuid4(), adopted=False)


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: now.seconds)
    return now


@pytest.fixture
def written(monkeypatch, clock):
    """Collect (time, percent) of each report; writes succeed, as for the present holder."""
    reports = []

    def report(claim, *, percent, **_):
        reports.append((clock.seconds, percent))
        return True

    monkeypatch.setattr(module, "report_progress", report)
    monkeypatch.setattr(module, "connection", SimpleNamespace(vendor="postgresql"))
    return reports


@pytest.fixture
def previews():
    seen = []

    def see(content, mime, **_):
        seen.append((content, mime))

    preview_made.connect(see)
    yield seen
    preview_made.disconnect(see)


def meter(*percents):
    left = iter(percents)
    return SimpleNamespace(apply=lambda event: Progress(next(left), "Work", 1, 2))


def link(fetch=None):
    return SimpleNamespace(client=SimpleNamespace(fetch_preview=fetch))


EVENT = Executed("prompt", "1", ())


def test_writes_the_latest_at_most_four_times_a_second(clock, written):
    reporter = Reporter(CLAIM, link(), meter(*range(1, 11)))
    for _ in range(10):
        clock.seconds += 0.125
        reporter.take(EVENT)
        reporter.tick(started_at=None)
    assert [percent for _, percent in written] == [2, 4, 6, 8, 10]


def test_says_nothing_twice_and_leaves_the_end_to_the_state(clock, written):
    reporter = Reporter(CLAIM, link(), meter(50, 100))
    for _ in range(3):
        clock.seconds += 1
        reporter.tick(started_at=None)
    reporter.take(EVENT)
    reporter.tick(started_at=None)
    clock.seconds += 1
    reporter.take(EVENT)
    reporter.tick(started_at=None)
    assert [percent for _, percent in written] == [50]


def test_guesses_from_past_runs_and_stops_short_of_the_end(clock, written):
    reporter = Reporter(CLAIM, link(), None, Guess(ran_s=2, expected_s=10))
    reporter.tick(started_at=None)
    for later in (3, 7, 60, 61):
        clock.seconds = 100.0 + later
        reporter.tick(started_at=100.0)
    assert written == [(103, 50), (107, 90), (160, 95)]


def test_guesses_nothing_before_the_first_runs(clock, written):
    reporter = Reporter(CLAIM, link(), None, Guess(ran_s=2, expected_s=None))
    for later in (3, 60):
        clock.seconds = 100.0 + later
        reporter.tick(started_at=100.0)
    assert written == [(103, 0)]


def test_a_write_that_changes_nothing_ends_the_run(clock, written, monkeypatch):
    monkeypatch.setattr(module, "report_progress", lambda *_, **__: False)
    reporter = Reporter(CLAIM, link(), meter(50))
    reporter.take(EVENT)
    clock.seconds += 1
    with pytest.raises(LeaseLost):
        reporter.tick(started_at=None)


def test_previews_are_passed_on_and_a_receiver_that_breaks_harms_nothing(clock, written, previews):
    def broken(**_):
        raise ConnectionError

    preview_made.connect(broken)
    Reporter(CLAIM, link(), meter(1)).take(Preview("prompt", PreviewFile(b"jpeg", "image/jpeg", (2, 2))))
    preview_made.disconnect(broken)
    assert previews == [(b"jpeg", "image/jpeg")]


def test_pictures_of_stages_are_fetched_not_too_often_and_may_be_missing(clock, written, previews):
    def fetch(file):
        if file.filename == "gone.png":
            raise ComfyError
        return PreviewFile(file.filename.encode(), "image/webp", (2, 2))

    reporter = Reporter(CLAIM, link(fetch), meter(*range(9)))
    for later, name, kind in (
        (1, "a.png", "temp"),
        (1.2, "b.png", "temp"),
        (3, "c.png", "output"),
        (4, "gone.png", "temp"),
        (5, "d.png", "temp"),
    ):
        clock.seconds = 100.0 + later
        reporter.take(Executed("prompt", "1", (OutputFile(name, "", kind),)))
    assert previews == [(b"a.png", "image/webp"), (b"d.png", "image/webp")]
