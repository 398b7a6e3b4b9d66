"""The Celery application. A task is a doorbell or a tick; what is to be done stands in rows."""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import setup_logging
from kombu.connection import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")

RECONNECT_S = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 2.0}


class QuickConnection(Connection):
    """Looks for a lost broker every two seconds. Celery's own pauses grow to half a minute and cannot be set: so long
    after the broker came back nobody would hear a ring."""

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Connection:
        super().ensure_connection(*args, **{**RECONNECT_S, **kwargs})  # type: ignore[no-untyped-call]  # kombu has no types
        return self


class QuickAMQP(AMQP):
    Connection = QuickConnection


app = Celery("creator", amqp=QuickAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["jobs"])


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Whoever answers this signal has set logging up: ours stays, at the level of the settings."""
