"""Beat with a real broker."""

import socket
from uuid import uuid4

import pytest
from celery import Celery
from django_celery_beat.models import PeriodicTask
from kombu import Queue
from structlog.testing import capture_logs

from creator.beat import RowScheduler

pytestmark = pytest.mark.usefixtures("schedule")


@pytest.fixture
def app(services):
    """A Celery application with its own queue that publishes as ours does: with confirms, without retries."""
    app = Celery(broker=services["BROKER_URL"], set_as_current=False)
    queue = Queue(f"test-{uuid4()}", durable=False)
    app.conf.update(
        task_queues=[queue],
        task_default_queue=queue.name,
        task_publish_retry=False,
        broker_transport_options={"confirm_publish": True, "read_timeout": 3, "write_timeout": 3},
    )
    with app.connection_for_write() as connection:
        queue(connection).declare()
        yield app
        queue(connection).delete()
    app.close()


def rung(app) -> int:
    with app.connection_for_write() as connection:
        return app.conf.task_queues[0](connection).queue_declare(passive=True).message_count


def fire(scheduler):
    """Fires the sweep as a tick of beat does."""
    scheduler.apply_entry(scheduler.schedule["jobs.sweep"], producer=scheduler.producer)


def test_it_rings_again_after_its_connection_died(app):
    PeriodicTask.objects.update(expire_seconds=None)
    scheduler = RowScheduler(app=app)
    scheduler._finalize.cancel()
    fire(scheduler)
    with app.producer_or_acquire(scheduler.producer) as producer:
        producer.connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
    with capture_logs() as logs:
        fire(scheduler)
        fire(scheduler)
    assert ([line["event"] for line in logs], rung(app)) == (["beat_cannot_ring"], 2)
