"""Connections that ask for nothing take no place from those that do."""

import asyncio
import json
import threading
from contextlib import ExitStack

import pytest

from creator.lib.networks import network_of
from creator.server.descriptors import connections_within
from tests.creator.server.serving import answer_of, is_closed, serving
from tests.jobs.execution.running import eventually

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Held:
    """An application whose requests to /slow are answered once `go` is set."""

    def __init__(self):
        self.go, self.busy = threading.Event(), 0

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/slow":
            self.busy += 1
            while not self.go.is_set():
                await asyncio.sleep(0.01)
        body = json.dumps({"client": scope["client"][0]}).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def held():
    app = Held()
    yield app
    app.go.set()


def test_silent_connections_give_way_the_oldest_first(held):
    with serving(held, most=10) as site, ExitStack() as stack:
        silent = [stack.enter_context(site.connect()) for _ in range(10)]
        eventually(lambda: len(site.config.admission) == 10)
        assert [site.ask(GET)[0] for _ in range(3)] == [200] * 3
        assert is_closed(silent[0])
        assert not is_closed(silent[-1], within_s=0.1)


@pytest.mark.parametrize("said", [b"", b"GET / HT", GET])
def test_an_address_with_a_thousand_connections_shuts_nobody_out(held, said):
    """Silent, in the middle of a head, or idle after an answer."""
    with serving(held, most=30, per_address=20) as site, ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(site.connect("127.0.0.2")).sendall(said)
        assert [site.ask(GET)[0] for _ in range(5)] == [200] * 5
        assert site.ask(GET, "127.0.0.2")[0] == 200
        assert len(site.config.admission) <= 30


def test_an_address_whose_connections_are_all_at_work_is_refused_and_others_are_not(held):
    with serving(held, per_address=5) as site, ExitStack() as stack:
        at_work = [stack.enter_context(site.connect("127.0.0.2")) for _ in range(5)]
        for each in at_work:
            each.sendall(GET.replace(b"/ ", b"/slow "))
        eventually(lambda: held.busy == 5)
        status, body = site.ask(GET, "127.0.0.2")
        assert (status, body["error"]["code"]) == (429, "rate_limited")
        assert site.ask(GET)[0] == 200
        held.go.set()
        assert [answer_of(each)[0] for each in at_work] == [200] * 5
        eventually(lambda: site.ask(GET, "127.0.0.2")[0] == 200)


def test_a_full_site_says_so(held):
    with serving(held, most=5) as site, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(site.connect()).sendall(GET.replace(b"/ ", b"/slow "))
        eventually(lambda: held.busy == 5)
        status, body = site.ask(GET)
        assert (status, body["error"]["code"]) == (503, "service_unavailable")
        held.go.set()


def test_a_connection_that_ends_leaves_its_place(held):
    with serving(held, most=5, per_address=5) as site:
        for _ in range(20):
            assert site.ask(GET)[0] == 200
        eventually(lambda: not len(site.config.admission))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_limits_count_networks_of_one_customer(address, network):
    assert network_of(address) == network


def test_connections_leave_descriptors_to_the_rest(monkeypatch):
    limits = {"set": None}
    monkeypatch.setattr("resource.getrlimit", lambda which: (256, 900))
    monkeypatch.setattr("resource.setrlimit", lambda which, pair: limits.update(set=pair))
    assert (connections_within(1000), connections_within(200), limits["set"]) == (300, 200, (900, 900))
