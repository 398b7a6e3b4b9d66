"""Runs the real beat scheduler on the schedule's rows, with a simulated clock."""

import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from celery import current_app
from celery.app.task import Task
from django.db import OperationalError, connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError as BrokerAway
from structlog.testing import capture_logs

from creator.beat import PAUSE_S, RowScheduler

pytestmark = pytest.mark.usefixtures("schedule")


@pytest.fixture
def fired(monkeypatch):
    """The names of the tasks that beat fired."""
    names = []
    monkeypatch.setattr(Task, "apply_async", lambda self, *_, **__: names.append(self.name))
    monkeypatch.setattr("celery.beat.time", SimpleNamespace(monotonic=lambda: time.time()))
    current_app.loader.import_default_modules()
    return names


@contextmanager
def beat_at(moment):
    """Yields a scheduler and its simulated clock. Entries that never ran count as having run at `moment`."""
    PeriodicTask.objects.filter(last_run_at=None).update(last_run_at=moment)
    with time_machine.travel(moment, tick=False) as clock:
        scheduler = RowScheduler(app=current_app, max_interval=1)
        yield scheduler, clock
        scheduler._finalize.cancel()


def go_on(scheduler, clock, seconds):
    until = time.time() + seconds
    while time.time() < until:
        clock.shift(max(scheduler.tick(), 0.002))  # a real beat ticks a few times within the last 10 ms


def test_everything_is_fired_at_its_interval(fired):
    just_now = timezone.now()
    PeriodicTask.objects.filter(name="jobs.purge_expired").update(last_run_at=just_now - timedelta(minutes=8))
    with beat_at(just_now) as (scheduler, clock):
        go_on(scheduler, clock, 300.8)
    assert Counter(fired) == {
        "jobs.sweep": 300,
        "jobs.drop_strays": 300,
        "drive.look": 300,
        "jobs.clear_nodes": 5,
        "jobs.count_ended": 5,
        "jobs.check_nodes": 60,
        "platform.ring_for_deliveries": 60,
        "accounts.erase_due": 60,
        "billing.look_at_customers": 60,
        "accounts.make_exports": 30,
        "jobs.purge_expired": 1,
        "drive.try_paused": 1,
        "drive.renew_channels": 5,
    }


def test_what_is_fired_each_second_is_written_each_three_minutes(fired):
    """Twelve writes in four minutes: the first firing of all; 3 minutes later each of the eleven frequent tasks."""
    written = []

    def note(execute, sql, *rest):
        written.extend([sql.split()[0]] if not sql.startswith("SELECT") else [])
        return execute(sql, *rest)

    with beat_at(timezone.now()) as (scheduler, clock), connection.execute_wrapper(note):
        go_on(scheduler, clock, 240.7)
    assert (len(fired), written) == (948, ["UPDATE"] * 12)


def test_a_change_by_staff_is_heard_at_once(fired):
    with beat_at(timezone.now()) as (scheduler, clock):
        go_on(scheduler, clock, 3.5)
        entry = PeriodicTask.objects.get(name="jobs.sweep")
        entry.enabled = False
        entry.save()
        go_on(scheduler, clock, 10)
    each = (
        "jobs.check_nodes",
        "platform.ring_for_deliveries",
        "accounts.erase_due",
        "billing.look_at_customers",
    )
    every_5_s = dict.fromkeys(each, 2)
    others = {"accounts.make_exports": 1, "drive.look": 13}
    assert Counter(fired) == {"jobs.sweep": 3, "jobs.drop_strays": 13} | every_5_s | others


@pytest.mark.parametrize("hour", [0, 4, 12, 18])
def test_what_was_due_while_no_beat_ran_is_made_up_for(fired, hour):
    PeriodicTask.objects.update(last_run_at=datetime(2026, 1, 1, 4, 50, tzinfo=UTC))
    with beat_at(datetime(2026, 1, 3, hour, 0, 30, tzinfo=UTC)) as (scheduler, clock):
        go_on(scheduler, clock, 0.9)
    assert Counter(fired) == dict.fromkeys(PeriodicTask.objects.values_list("task", flat=True), 1)


def test_an_absence_of_the_database_is_waited_out(fired, monkeypatch):
    def away(_):
        raise OperationalError("the server closed the connection")

    with (
        beat_at(timezone.now()) as (scheduler, clock),
        monkeypatch.context() as patch,
        capture_logs() as logs,
    ):
        patch.setattr(RowScheduler, "enabled_models_qs", away)
        assert [scheduler.tick(), scheduler.tick()] == [PAUSE_S, PAUSE_S]
        patch.undo()
        clock.shift(5)
        go_on(scheduler, clock, 2.5)
    assert [line["event"] for line in logs] == ["beat_cannot_read_schedule"] * 2
    assert Counter(fired)["jobs.sweep"] >= 2


def test_an_absence_of_the_broker_is_said_and_the_next_firing_tried(fired, monkeypatch):
    def away(*_, **__):
        raise BrokerAway("connection refused")

    with beat_at(timezone.now()) as (scheduler, clock), monkeypatch.context() as patch:
        patch.setattr(Task, "apply_async", away)
        with capture_logs() as logs:
            go_on(scheduler, clock, 2.5)
        patch.undo()
        monkeypatch.setattr(Task, "apply_async", lambda self, *_, **__: fired.append(self.name))
        go_on(scheduler, clock, 2)
    often = {"jobs.sweep": 2, "jobs.drop_strays": 2, "drive.look": 2}
    assert {line["event"] for line in logs} == {"beat_cannot_ring"}
    assert Counter(line["task"] for line in logs) == Counter(fired) == often


def test_rows_alone_say_what_is_fired(fired):
    """Celery's default scheduler would add a task of its own and overwrite what staff changed in it."""
    before = set(PeriodicTask.objects.values_list("name", flat=True))
    with beat_at(timezone.now()) as (scheduler, _):
        assert set(scheduler.schedule) == before
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == before


def test_a_restart_goes_on_where_the_last_beat_ended(fired):
    just_now = timezone.now()
    PeriodicTask.objects.filter(name="jobs.purge_expired").update(
        last_run_at=just_now - timedelta(seconds=599)
    )
    with beat_at(just_now) as (scheduler, clock):
        go_on(scheduler, clock, 3)
        scheduler.close()
        again = RowScheduler(app=current_app, max_interval=1)
        again._finalize.cancel()
        go_on(again, clock, 60)
    assert Counter(fired)["jobs.purge_expired"] == 1
