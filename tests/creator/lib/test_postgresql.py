"""PostgreSQL behind a network that swallows everything: nobody waits without end, and dead connections go."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from socket import socketpair
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, transaction
from django.db.utils import ConnectionHandler
from psycopg import waiting
from psycopg.errors import _WaitTimeout

from creator import backends
from creator.lib import bounds
from creator.lib.postgresql.patience import expect_prompt_replies, patience, replies_within
from tests.jobs.execution.running import eventually
from tests.services.silent_proxy import SilentProxy

pytestmark = pytest.mark.django_db
FAR = "far"
MARGIN_S = 3.0
"""A loaded machine's."""
POOLED = 6


@pytest.fixture
def way(services):
    made = SilentProxy(urlsplit(services["DATABASE_URL"]).port)
    yield made
    made.close()


@pytest.fixture
def database(services, settings, way):
    """The product's connections of this thread and others to PostgreSQL, over `way`."""
    url = way.through(services["DATABASE_URL"])
    product = backends.databases(replace(settings.CONFIG, database_url=url))
    made = ConnectionHandler({"default": {}, FAR: product["default"]})
    yield made
    made[FAR].close()
    made[FAR].close_pool()


def ask(database, statement="SELECT 1"):
    with database[FAR].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def ask_in_thread(database, statement="SELECT pg_backend_pid() FROM pg_sleep(0.3)"):
    try:
        return ask(database, statement)
    finally:
        database[FAR].close()


def seconds_until_refused(call):
    began = time.monotonic()
    with pytest.raises(OperationalError):
        call()
    return time.monotonic() - began


def fill_pool(database):
    with ThreadPoolExecutor(POOLED) as threads:
        pids = set(threads.map(lambda _: ask_in_thread(database), range(POOLED)))
    assert len(pids) == POOLED


def test_a_reply_that_does_not_come_is_given_up(database, way):
    """The silence falls while the server works; then the request's next statements do not wait again."""
    ask(database)
    with replies_within(1) as ours:
        way.fall_silent()
        assert seconds_until_refused(lambda: ask(database)) < 1 + MARGIN_S
        assert ours.is_over
        database[FAR].close()
        assert seconds_until_refused(lambda: [ask(database) for _ in range(9)]) < MARGIN_S
    way.speak()
    assert eventually(lambda: ask(database)) == 1


def test_a_transaction_that_met_the_silence_ends_and_the_thread_goes_on(database, way, monkeypatch):
    monkeypatch.setattr(transaction, "get_connection", lambda _: database[FAR])

    def transact():
        with transaction.atomic(FAR):
            ask(database)
            way.fall_silent()
            ask(database)

    with replies_within(1):
        assert seconds_until_refused(transact) < 1 + MARGIN_S
    way.speak()
    database[FAR].close_if_unusable_or_obsolete()
    assert ask(database) == 1


def test_idle_connections_that_died_are_given_up_together(database, way):
    """Each of them would cost its own check: six requests in a row would fail."""
    fill_pool(database)
    way.fall_silent()
    limit = bounds.DATABASE_POOL_S + bounds.DATABASE_CHECK_S + MARGIN_S
    assert seconds_until_refused(lambda: ask(database)) < limit
    way.speak()
    began = time.monotonic()
    assert ask(database) == 1
    assert time.monotonic() - began < limit


def test_a_silence_that_is_over_before_anybody_asks_costs_one_check(database, way):
    fill_pool(database)
    way.fall_silent()
    way.speak()
    began = time.monotonic()
    assert ask(database) == 1
    assert time.monotonic() - began < bounds.DATABASE_CHECK_S + MARGIN_S


def test_a_server_that_accepts_and_never_greets_is_given_up(database, way):
    way.fall_silent()
    assert seconds_until_refused(lambda: ask(database)) < bounds.DATABASE_POOL_S + MARGIN_S


def test_a_slow_reply_is_waited_for(database):
    with replies_within(20):
        assert ask(database, "SELECT 7 FROM pg_sleep(2.5)") == 7
    assert ask(database, "SELECT 8 FROM pg_sleep(2.5)") == 8


def test_the_server_ends_what_nobody_waits_for(database):
    """Otherwise a statement that was given up would keep its locks."""
    with replies_within(0.5):
        seconds_until_refused(lambda: ask(database, "SELECT pg_sleep(25)"))
    database[FAR].close()
    running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(25)' AND state = 'active'"
    eventually(lambda: ask(database, running) == 0)


def test_psycopg_ends_a_wait_with_the_error_that_we_tell_from_the_servers():
    """It is private: `BoundedConnection.wait` has to follow if psycopg renames it or raises another."""

    def reply():
        while True:
            yield waiting.Wait.R

    ours, theirs = socketpair()
    with ours, theirs, pytest.raises(_WaitTimeout):
        waiting.wait(reply(), ours.fileno(), interval=0.01, timeout=0.01)


def test_serving_processes_have_less_patience_than_commands(monkeypatch):
    monkeypatch.setattr("creator.lib.postgresql.patience._process_s", None)
    assert patience().seconds is None
    expect_prompt_replies()
    assert patience().seconds == bounds.DATABASE_REPLY_S
    with replies_within(None):
        assert patience().seconds is None


def test_packets_that_are_lost_end_the_connection(database):
    ask(database)
    shown = {each["keyword"]: each["val"] for each in _parameters(database)}
    assert shown["tcp_user_timeout"] == "6000"
    assert [shown[f"keepalives_{name}"] for name in ("idle", "interval", "count")] == ["2", "2", "2"]


def _parameters(database):
    info = database[FAR].connection.pgconn.info
    return [{"keyword": each.keyword.decode(), "val": (each.val or b"").decode()} for each in info]
