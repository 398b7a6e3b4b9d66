"""The schedule in the database: what the migrations create, and which changes by staff they leave alone."""

from datetime import timedelta

import pytest
from celery import current_app
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from creator.platform import periodic
from tests.creator.periodic import entries

S, DAY = timedelta(seconds=1), timedelta(days=1)
OFTEN = {
    "accounts.make_exports": 10 * S,
    "billing.look_at_customers": 5 * S,
    "billing.catch_up_events": 3600 * S,
    "accounts.erase_due": 5 * S,
    "accounts.purge_exports": 600 * S,
    "jobs.sweep": S,
    "jobs.check_nodes": 5 * S,
    "jobs.drop_strays": S,
    "jobs.clear_nodes": 60 * S,
    "jobs.count_ended": 60 * S,
    "jobs.purge_expired": 600 * S,
    "accounts.prune_notifications": 3600 * S,
    "billing.bring_up_to_date": 3600 * S,
    "accounts.warn_of_expiring_keys": 3600 * S,
    "billing.remind_of_trials": 3600 * S,
    "platform.prune": 3600 * S,
    "platform.ring_for_deliveries": 5 * S,
    "drive.look": S,
    "drive.try_paused": 300 * S,
    "drive.renew_channels": 60 * S,
}
MAY_RUN_TWICE = (
    "accounts.erase_due",
    "accounts.make_exports",
    "billing.look_at_customers",
    "drive.look",
    "jobs.drop_strays",
    "jobs.sweep",
    "platform.ring_for_deliveries",
)
NIGHTLY = {
    "billing.look_at_all_customers": ("4", "20"),
    "jobs.collect_orphan_files": ("4", "10"),
    "billing.ledger_audit": ("4", "40"),
    "drive.send_digests": ("4", "45"),
}


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
    """Beat sets the expiry by its clock, workers check it by theirs: with 30 s, clocks may differ by 30 s."""
    expiry = dict(PeriodicTask.objects.values_list("task", "expire_seconds"))
    assert {task: expiry[task] for task in OFTEN} == {
        "accounts.make_exports": 30,
        "billing.look_at_customers": 30,
        "billing.catch_up_events": 3600,
        "accounts.erase_due": 30,
        "accounts.purge_exports": 600,
        "jobs.sweep": 30,
        "jobs.check_nodes": 30,
        "jobs.drop_strays": 30,
        "jobs.clear_nodes": 60,
        "jobs.count_ended": 60,
        "jobs.purge_expired": 600,
        "accounts.prune_notifications": 3600,
        "billing.bring_up_to_date": 3600,
        "accounts.warn_of_expiring_keys": 3600,
        "billing.remind_of_trials": 3600,
        "platform.prune": 3600,
        "platform.ring_for_deliveries": 30,
        "drive.look": 30,
        "drive.try_paused": 300,
        "drive.renew_channels": 60,
    }
    assert {expiry[task] for task in NIGHTLY} == {12 * 3600}


def test_what_staff_changed_stays():
    slower = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.filter(name="jobs.purge_expired").update(interval=slower, enabled=False)
    entries.add()
    entry = PeriodicTask.objects.get(task="jobs.purge_expired")
    assert (entry.interval, entry.enabled, PeriodicTask.objects.count()) == (
        slower,
        False,
        len(OFTEN) + len(NIGHTLY),
    )


def test_back_and_forth_leaves_the_entries_of_others():
    other = PeriodicTask.objects.create(
        name="mine", task="jobs.sweep", interval=IntervalSchedule.objects.first()
    )
    entries.remove()
    assert list(PeriodicTask.objects.all()) == [other]
    before = PeriodicTasks.last_change()
    entries.add()
    assert (PeriodicTask.objects.count(), PeriodicTasks.last_change() > before) == (
        len(OFTEN) + len(NIGHTLY) + 1,
        True,
    )


def test_tasks_are_known_by_these_names_and_wait_in_the_queue_for_upkeep():
    asked = {*OFTEN, *NIGHTLY}
    outside = {"drive.look", "drive.renew_channels"}
    upkeep = asked - outside
    router = current_app.amqp.router
    assert asked - set(current_app.tasks) == set()
    assert {router.route({}, task)["queue"].name for task in upkeep} == {"maintenance"}
    assert router.route({}, "jobs.run_next")["queue"].name == "jobs"
    assert router.route({}, "platform.deliver")["queue"].name == "deliveries"
    places = {router.route({}, task)["queue"].name for task in outside}
    assert places == {"deliveries"}, "they wait for strangers' machines"


def test_a_task_that_no_app_has_is_an_error_and_not_lost_in_a_queue():
    with pytest.raises(ValueError, match=r"No queue is known for the task gallery\.poll"):
        current_app.send_task("gallery.poll")


def test_the_slot_of_each_task_is_its_interval(monkeypatch):
    """All tasks take a slot but the sweep, the look for strays, rings and leased work, which may run twice.

    The entries are disabled here, so each task uses its own default for the slot's length.
    """
    taken = {}
    monkeypatch.setattr(periodic, "take_slot", lambda task, every: taken.update({task: every}))
    PeriodicTask.objects.update(enabled=False)
    doubled = {task: OFTEN[task] for task in MAY_RUN_TWICE}
    for task in {*OFTEN, *NIGHTLY} - set(doubled):
        current_app.tasks[task]()
    assert taken | doubled == OFTEN | dict.fromkeys(NIGHTLY, DAY)
    assert set(doubled) & set(taken) == set()
