"""Our changes to Celery: how soon it reconnects to a lost broker, and that it does not configure logging."""

import pytest
from celery.signals import setup_logging
from kombu.exceptions import ContentDisallowed, OperationalError
from kombu.serialization import dumps, loads, prepare_accept_content

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


@pytest.mark.parametrize("kind", ["pickle", "yaml", "msgpack"])
def test_a_message_that_is_not_json_is_not_read(kind):
    """A pickle runs as a program while it is read."""
    content_type = {"pickle": "application/x-python-serialize"}.get(kind, f"application/x-{kind}")
    accepted = prepare_accept_content(app.conf.accept_content)
    with pytest.raises(ContentDisallowed):
        loads(b"any", content_type, "binary", accept=accepted)
    sent_type, encoding, body = dumps({"a": 1}, app.conf.task_serializer)
    assert loads(body, sent_type, encoding, accept=accepted) == {"a": 1}
