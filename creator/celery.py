"""The Celery application.

A task is a ring or a periodic tick without content; the work itself is read from rows.
"""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import setup_logging
from kombu.connection import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")

RECONNECT_S = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 2.0}


class QuickConnection(Connection):
    """Tries to reconnect to a lost broker at least every two seconds.

    Celery's own pauses grow to half a minute and cannot be configured: workers would hear no rings for that
    long after the broker is back.
    """

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Connection:
        super().ensure_connection(*args, **{**RECONNECT_S, **kwargs})  # type: ignore[no-untyped-call]  # kombu has no types
        return self


class ClocklessAMQP(AMQP):
    """Leaves it to the broker to drop a message that no worker took in time.

    Celery states `expires` twice: to the broker as a duration, and in the message as a time by the sender's
    clock, by which a worker whose clock is ahead throws every message away.
    """

    Connection = QuickConnection

    def as_task_v2(self, *args: Any, **options: Any) -> Any:
        message = super().as_task_v2(*args, **options)
        message.headers["expires"] = None
        return message


app = Celery("creator", amqp=ClocklessAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()  # every installed app brings its own `tasks`


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Does nothing: connecting to this signal stops Celery from replacing our logging configuration."""
