"""Machines' clocks differ: how long a message lasts is measured by the broker, never by a worker."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import current_app
from celery.worker.request import Request
from django_celery_beat.models import PeriodicTask

from creator.backends import queue_of as queue_of_task
from creator.beat import RowScheduler
from creator.platform import doorbell, outbox
from jobs.lifecycle.bell import doorbell as jobs_bell
from tests.creator.brokers import declared, queue_of, waiting
from tests.services.process import wait_until

pytestmark = pytest.mark.usefixtures("schedule")
RINGS = {"jobs.run_next": "jobs", "platform.deliver": "deliveries"}


@pytest.fixture
def app(services):
    current_app.loader.import_default_modules()
    with declared(services["BROKER_URL"]) as app:
        yield app


def take(app, name):
    """The one message in a queue."""
    with app.connection_for_read() as line:
        message = queue_of(app, name)(line.default_channel).get(no_ack=True)
    assert message, f"no message in {name}"
    return message


def is_thrown_away(message, *, ahead):
    """Whether a worker whose clock is `ahead` drops the message instead of running its task."""
    request = Request(message, app=current_app, headers=message.headers, body=([], {}, {}), decoded=True)
    with time_machine.travel(datetime.now(UTC) + ahead):
        return bool(request.maybe_expire())


AHEAD = [timedelta(seconds=45), timedelta(minutes=10), timedelta(days=400)]


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
@pytest.mark.parametrize("bell", [jobs_bell, outbox.bell.doorbell], ids=lambda bell: bell.task)
def test_a_ring_is_run_by_a_worker_whose_clock_is_ahead(app, monkeypatch, bell, ahead):
    monkeypatch.setattr(doorbell, "current_app", app)
    bell._send(1)
    message = take(app, RINGS[bell.task])
    assert message.properties["expiration"] == "30000"
    assert not is_thrown_away(message, ahead=ahead)


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_a_periodic_task_is_run_by_a_worker_whose_clock_is_ahead(app, ahead):
    scheduler = RowScheduler(app=app)
    scheduler._finalize.cancel()
    for name, entry in scheduler.schedule.items():
        scheduler.apply_entry(entry)
        message = take(app, queue_of_task(entry.task))
        kept_s = PeriodicTask.objects.get(name=name).expire_seconds
        assert (name, message.properties["expiration"]) == (name, str(kept_s * 1000))
        assert not is_thrown_away(message, ahead=ahead)


def test_the_broker_drops_what_no_worker_took_in_time(app):
    app.send_task("jobs.sweep", expires=1, ignore_result=True)
    assert waiting(app, "maintenance") == 1
    wait_until(lambda: waiting(app, "maintenance") == 0, "the broker still has the message")
