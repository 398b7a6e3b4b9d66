"""The schedule as rows: what the migration makes, and what it leaves to staff."""

from datetime import timedelta

import pytest
from celery import current_app
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from jobs import beat, tasks
from tests.tasks import entries

S, DAY = timedelta(seconds=1), timedelta(days=1)
OFTEN = {
    "jobs.sweep": S,
    "jobs.check_nodes": 5 * S,
    "jobs.purge_expired": 600 * S,
    "jobs.prune": 3600 * S,
}
NIGHTLY = {"jobs.collect_orphan_files": ("4", "10"), "billing.ledger_audit": ("4", "40")}


@pytest.fixture(autouse=True)
def _schedule(schedule):
    current_app.loader.import_default_modules()


def test_the_migration_asks_for_everything():
    by_interval = PeriodicTask.objects.exclude(interval=None)
    by_hour = PeriodicTask.objects.exclude(crontab=None)
    assert {entry.task: entry.schedule.run_every for entry in by_interval} == OFTEN
    assert {entry.task: (entry.crontab.hour, entry.crontab.minute) for entry in by_hour} == NIGHTLY
    assert {(entry.name == entry.task, entry.enabled) for entry in PeriodicTask.objects.all()} == {
        (True, True)
    }
    assert {str(entry.crontab.timezone) for entry in by_hour} == {"UTC"}


def test_a_firing_that_nobody_takes_is_dropped_before_it_counts_for_much():
    """Expiry is said by beat's clock and judged by the worker's: ticks outlive clocks that are half a minute apart."""
    expiry = dict(PeriodicTask.objects.values_list("task", "expire_seconds"))
    assert {task: expiry[task] for task in OFTEN} == {
        "jobs.sweep": 30,
        "jobs.check_nodes": 30,
        "jobs.purge_expired": 600,
        "jobs.prune": 3600,
    }
    assert {expiry[task] for task in NIGHTLY} == {12 * 3600}


def test_what_staff_changed_stays():
    slower = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.filter(name="jobs.purge_expired").update(interval=slower, enabled=False)
    entries.add()
    entry = PeriodicTask.objects.get(task="jobs.purge_expired")
    assert (entry.interval, entry.enabled, PeriodicTask.objects.count()) == (slower, False, 6)


def test_back_and_forth_leaves_the_entries_of_others():
    other = PeriodicTask.objects.create(
        name="mine", task="jobs.sweep", interval=IntervalSchedule.objects.first()
    )
    entries.remove()
    assert list(PeriodicTask.objects.all()) == [other]
    before = PeriodicTasks.last_change()
    entries.add()
    assert (PeriodicTask.objects.count(), PeriodicTasks.last_change() > before) == (7, True)


def test_tasks_are_known_by_these_names_and_wait_in_the_queue_for_upkeep():
    asked = {*OFTEN, *NIGHTLY}
    router = current_app.amqp.router
    assert asked - set(current_app.tasks) == set()
    assert {router.route({}, task)["queue"].name for task in asked} == {"maintenance"}
    assert router.route({}, "jobs.run_next")["queue"].name == "jobs"


def test_the_slot_of_each_task_is_its_interval(monkeypatch):
    """All but the sweep, which may run doubled, take a slot; here with nothing to tell them how long but themselves."""
    taken = {}
    monkeypatch.setattr(beat, "take_slot", lambda task, every: taken.update({task: every}))
    PeriodicTask.objects.update(enabled=False)
    for task in {*OFTEN, *NIGHTLY} - {"jobs.sweep"}:
        getattr(tasks, task.partition(".")[2])()
    assert taken | {"jobs.sweep": S} == OFTEN | dict.fromkeys(NIGHTLY, DAY)
    assert "jobs.sweep" not in taken
