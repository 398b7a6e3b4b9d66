"""The settings that the production profile derives from its addresses, tested with real servers."""

import os
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
from amqp.exceptions import PreconditionFailed
from django.db import connection
from kombu import Queue
from kombu.exceptions import OperationalError

from tests.creator.brokers import app_for, declared
from tests.house.test_config import PRODUCTION
from tests.house.tree import ROOT
from tests.services.silent_proxy import SilentProxy

PATIENCE = 60  # seconds; only a failing test waits this long


@pytest.fixture
def app(services):
    with declared(services["BROKER_URL"]) as app:
        yield app


def test_each_of_the_queues_is_a_quorum_queue(app):
    names = [queue.name for queue in app.conf.task_queues]
    assert [name.partition(".")[2] for name in names] == ["jobs", "deliveries", "maintenance"]
    for name in names:
        with app.connection_for_write() as line, pytest.raises(PreconditionFailed, match="x-queue-type"):
            Queue(name, durable=True, queue_arguments={"x-queue-type": "classic"})(line).declare()


def test_a_publish_into_a_connection_that_went_silent_ends_with_an_error(services):
    """Without confirms the task would count as sent. Without timeouts the call would never return."""
    way = SilentProxy(urlsplit(services["BROKER_URL"]).port)
    app = app_for(way.through(services["BROKER_URL"]))
    ends = []

    def ring():
        try:
            app.send_task("jobs.run_next", expires=30, retry=False, ignore_result=True)
            ends.append("sent")
        except OperationalError:
            ends.append("refused")

    ring()
    way.fall_silent()
    publisher = threading.Thread(target=ring, daemon=True)
    publisher.start()
    publisher.join(PATIENCE)
    way.close()
    assert ends == ["sent", "refused"]


def test_postgresql_bounds_statements_locks_and_idle_transactions(services, db):
    shown = {}
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]
    assert shown == {
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
    }
    assert connection.pool.max_size == 20


SHOW = """
from django.conf import settings as s
print(s.SESSION_ENGINE, s.CACHES["default"]["BACKEND"], s.CHANNEL_LAYERS["default"]["BACKEND"])
print(s.CELERY_BROKER_HEARTBEAT, s.CELERY_TASK_PUBLISH_RETRY, s.SESSION_COOKIE_SECURE, s.DEBUG)
"""


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (
            ["check", "--deploy", "--fail-level", "WARNING"],
            "System check identified no issues (0 silenced).\n",
        ),
        (
            ["shell", "--no-imports", "-c", SHOW],
            "django.contrib.sessions.backends.cached_db creator.lib.redis_cache.ForgivingRedisCache"
            " creator.lib.wakeups.over_redis.RedisChannelLayer\n3 False True False\n",
        ),
    ],
    ids=["check", "settings"],
)
def test_the_production_profile_is_clean_and_needs_no_server_to_say_so(tmp_path, words, printed):
    env = (
        os.environ | PRODUCTION | {"DATA_DIR": str(tmp_path), "EMAIL_URL": "smtp+tls://u:p@mail.example:587"}
    )
    env |= {"SECRET_KEY": "x7Kp2mQ9vB4nR8tW1yL6cF3jH5gD0sZaXeUiOoPlNbMvCqTr2e4u"}
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")
