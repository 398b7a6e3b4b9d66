"""Our changes to Celery: how soon it reconnects to a lost broker, and that it does not configure logging."""

import pytest
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

from creator.celery import app
from tests.services.process import free_port


def test_a_lost_broker_is_looked_for_again_soon():
    pauses: list[float] = []
    with (
        app.connection_for_read(f"amqp://guest:guest@127.0.0.1:{free_port()}//") as connection,
        pytest.raises(OperationalError),
    ):
        connection.ensure_connection(lambda _, pause: pauses.append(pause), max_retries=2)
    assert pauses == [0.5, 1.0]


def test_celery_leaves_logging_alone():
    assert setup_logging.has_listeners()
