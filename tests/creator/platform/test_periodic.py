from datetime import UTC, datetime, timedelta
from threading import Lock, local

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from structlog.testing import capture_logs

from creator.lib.clock import read_database_now
from creator.platform import periodic
from creator.platform.models import BeatSlot
from creator.platform.periodic import interval_of, once_per_slot, slot_at, take_slot
from tests.jobs.lifecycle.threads import together

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def clock(monkeypatch):
    """The database's clock as each thread sees it; assign to `clock.now`."""
    clock = local()
    monkeypatch.setattr(periodic, "read_database_now", lambda: clock.now)
    return clock


@pytest.mark.parametrize("every", [timedelta(seconds=5), timedelta(seconds=30), 10 * MINUTES])
@pytest.mark.django_db(transaction=True)
def test_three_beats_for_ten_minutes_do_each_slot_once(clock, every):
    """Each beat fires at a different moment of each slot; without slots, everything would run three times."""
    done, doubled, lock = [], [], Lock()

    def work():
        with lock:
            done.append(slot_at(clock.now, every))

    def fire_for_ten_minutes(offset_s):
        guarded = once_per_slot("jobs.anything", every)(work)
        clock.now = START + timedelta(seconds=offset_s)
        while clock.now < START + 10 * MINUTES:
            doubled.append(slot_at(clock.now, every))
            guarded()
            clock.now += every

    together(*[lambda offset_s=offset_s: fire_for_ten_minutes(offset_s) for offset_s in (0, 1.7, 4.9)])
    slots = [START + number * every for number in range(10 * MINUTES // every)]
    assert (sorted(done), sorted(doubled)) == (slots, sorted(slots * 3))


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_are_one(clock):
    def fire():
        clock.now = START
        return take_slot("jobs.anything", MINUTES)

    assert sorted(together(*[fire] * 8)) == [False] * 7 + [True]


def test_slots_of_tasks_are_their_own(db, clock):
    clock.now = START
    assert [take_slot(task, MINUTES) for task in ("a", "b", "a")] == [True, True, False]


def test_a_failure_is_logged_and_tried_again_in_the_next_slot(db, clock):
    calls = []

    @once_per_slot("jobs.anything", MINUTES)
    def fail_first():
        calls.append(clock.now)
        if len(calls) == 1:
            raise OSError("away")

    clock.now = START
    with capture_logs() as logs, pytest.raises(OSError):
        fail_first()
    assert [(line["event"], line["task"]) for line in logs] == [("periodic_task_failed", "jobs.anything")]
    assert (fail_first(), calls) == (False, [START])
    clock.now = START + MINUTES
    assert (fail_first(), calls) == (True, [START, START + MINUTES])


def test_slots_are_cut_from_the_clock_of_the_database(db):
    take_slot("jobs.anything", timedelta(days=1))
    assert BeatSlot.objects.get().slot == read_database_now().replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def test_a_slot_is_as_long_as_the_interval_that_staff_chose(db, clock):
    half_hour = IntervalSchedule.objects.create(every=30, period="minutes")
    entry = PeriodicTask.objects.create(name="x", task="jobs.anything", interval=half_hour)
    clock.now = START
    run = once_per_slot("jobs.anything", MINUTES)(lambda: None)
    assert (run(), interval_of("jobs.anything")) == (True, 30 * MINUTES)
    clock.now = START + 29 * MINUTES
    assert run() is False
    PeriodicTask.objects.filter(pk=entry.pk).update(enabled=False)
    assert (run(), interval_of("jobs.anything")) == (True, None)
