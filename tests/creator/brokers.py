"""A Celery application with the product's settings and queues of its own on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from celery import Celery
from django.conf import settings

from creator import backends
from creator.celery import ClocklessAMQP


def app_for(broker_url: str) -> Celery:
    config = replace(settings.CONFIG, broker_url=broker_url, instance=f"t{uuid4().hex[:8]}")
    app = Celery(amqp=ClocklessAMQP, set_as_current=False)
    app.conf.update({name.lower(): value for name, value in backends.broker(config).items()})
    return app


@contextmanager
def declared(broker_url: str) -> Iterator[Celery]:
    """As `app_for`, with its queues on the broker until the end of the block."""
    app = app_for(broker_url)
    with app.connection_for_write() as line:
        for queue in app.conf.task_queues:
            queue(line).declare()
        yield app
        for queue in app.conf.task_queues:
            queue(line).delete()
    app.close()


def waiting(app: Celery, name: str) -> int:
    """How many messages the broker holds in the app's queue `name`, such as `jobs`."""
    with app.connection_for_write() as line:
        return int(queue_of(app, name)(line).queue_declare(passive=True).message_count)


def queue_of(app: Celery, name: str):  # type: ignore[no-untyped-def]  # kombu has no types
    return next(queue for queue in app.conf.task_queues if queue.name.endswith(f".{name}"))
