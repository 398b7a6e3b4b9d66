"""Ringing the doorbell never blocks, whatever state the broker is in."""

import socket
from threading import Event

import pytest
from celery import Celery

from creator.platform import doorbell
from creator.platform.doorbell import Doorbell
from tests.jobs.lifecycle.threads import PATIENCE

MOST_RINGS = 16


class Tower:
    """A publisher that blocks until `go_on` is set."""

    def __init__(self):
        self.published, self.began, self.go_on, self.done = [], Event(), Event(), Event()

    def publish(self, times):
        self.began.set()
        assert self.go_on.wait(PATIENCE)
        self.published.append(times)
        if times == MOST_RINGS:
            self.done.set()


@pytest.fixture
def silent_broker(monkeypatch):
    """Accepts connections and never answers; the product's rings go there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        app = Celery(broker=f"amqp://127.0.0.1:{server.getsockname()[1]}//", set_as_current=False)
        app.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        monkeypatch.setattr(doorbell, "current_app", app)
        yield server


@pytest.fixture
def bell():
    return Doorbell("jobs.run_next", most=MOST_RINGS)


def test_rings_while_one_is_under_way_add_up_and_are_bounded(silent_broker):
    tower = Tower()
    loud = Doorbell("any", most=MOST_RINGS, publish=tower.publish)
    loud.ring(2)
    assert tower.began.wait(PATIENCE)
    for _ in range(1000):
        loud.ring(1)
    tower.go_on.set()
    assert tower.done.wait(PATIENCE)
    assert tower.published == [2, MOST_RINGS]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bell_that_broke_is_replaced_with_the_next_ring(silent_broker):
    heard, again = [], Event()

    def publish(times):
        heard.append(times)
        again.set()
        raise RuntimeError("a broker client may raise anything")

    loud = Doorbell("any", most=MOST_RINGS, publish=publish)
    for times in (1, 2):
        again.clear()
        loud.ring(times)
        assert again.wait(PATIENCE)
        loud._thread.join(PATIENCE)
    assert heard == [1, 2]


def test_a_broker_that_says_nothing_holds_nobody_up(silent_broker, bell):
    """`ring` returns while the connection is still being opened."""
    for _ in range(30):
        bell.ring()
    waiting, _ = silent_broker.accept()
    with waiting:
        assert waiting.recv(4) == b"AMQP"
        assert bell._thread.is_alive()
    silent_broker.close()


def test_a_ring_that_cannot_go_out_is_a_line_in_the_log(silent_broker, bell, caplog):
    silent_broker.close()
    bell._send(3)
    ours = [record for record in caplog.records if record.threadName == "MainThread"]
    assert [record.msg["event"] for record in ours] == ["ring_failed"]


@pytest.mark.parametrize(("asked", "heard"), [(0, 0), (-1, 0), (1, 1), (100, MOST_RINGS)])
def test_at_most_so_many_rings_go_out(monkeypatch, bell, asked, heard):
    sent = []
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda name, **_: sent.append(name))
    bell.ring(asked)
    assert sent == ["jobs.run_next"] * heard
