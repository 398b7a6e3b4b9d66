"""How many sockets and streams one person may open, and that others do not notice."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import httpx2
import pytest
from channels.db import database_sync_to_async
from django.conf import settings

from accounts.api_keys import make_api_key
from jobs.streaming import limits
from jobs.streaming.database import in_database, take_turns_as
from jobs.streaming.job_events import JobEvents
from jobs.streaming.limits import WATCHERS
from jobs.streaming.sse import events_response
from tests.jobs.execution.running import eventually
from tests.jobs.streaming.conftest import session_cookie
from tests.jobs.streaming.serving import served

in_thread = database_sync_to_async


@pytest.fixture
def three(monkeypatch):
    """One person may have three sockets and streams open."""
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, max_sockets_per_person=3))


@pytest.fixture
async def key(world):
    return (await in_thread(make_api_key)(owner=world.cast.owner, name="test"))[1]


async def test_a_persons_sockets_are_bounded_and_anothers_are_not(world, watch, three):
    path, owner = f"/ws/jobs/{world.mine.id}", world.cast.owner
    sockets = [await watch(path, owner) for _ in range(2)] + [await watch("/ws/me", owner)]
    assert [each.status for each in sockets] == [101] * 3
    assert (await watch(path, owner)).status == 429
    assert (await watch(f"/ws/jobs/{world.theirs.id}", world.cast.other)).status == 101
    await sockets[0].leave()
    assert (await watch(path, owner)).status == 101


async def test_sessions_and_keys_of_one_person_count_together(world, watch, three, key):
    path = f"/ws/jobs/{world.mine.id}"
    opened = [await watch(path, world.cast.owner), await watch(path, key=key, origin=None)]
    cookie = await in_thread(session_cookie)(world.cast.owner)
    opened += [await watch(path, cookie=cookie) for _ in range(2)]
    assert [each.status for each in opened] == [101, 101, 101, 429]


async def test_a_busy_session_is_refused_before_a_row_is_read(world, watch, three):
    path, cookie = f"/ws/jobs/{world.mine.id}", await in_thread(session_cookie)(world.cast.owner)
    for _ in range(3):
        await watch(path, cookie=cookie)
    read = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.streaming.authentication.find_by_session", read.append)
        assert (await watch(path, cookie=cookie)).status == 429
    assert read == []


def test_event_streams_count_and_leave_their_place(world, three):
    key, path = make_api_key(owner=world.cast.owner, name="test")[1], f"/api/v1/jobs/{world.mine.id}/events"
    with served() as address, ExitStack() as stack:
        streams = [stack.enter_context(Stream(address, path, key)) for _ in range(3)]
        assert [each.first_event() for each in streams] == ["snapshot"] * 3
        refused = httpx2.get(address + path, headers=headers_of(key), trust_env=False)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
        assert refused.headers["Retry-After"] == "5"
        polled = httpx2.get(address + path, headers={"X-API-Key": key}, trust_env=False)
        assert polled.status_code == 200
        streams[0].close()
        eventually(lambda: stack.enter_context(Stream(address, path, key)).status == 200)


def test_streams_that_begin_together_are_bounded_too(world, three):
    key, path = make_api_key(owner=world.cast.owner, name="test")[1], f"/api/v1/jobs/{world.mine.id}/events"
    with served() as address, ExitStack() as stack, ThreadPoolExecutor(12) as pool:
        streams = list(pool.map(lambda _: stack.enter_context(Stream(address, path, key)), range(12)))
        first = list(pool.map(lambda each: each.first_event(), streams))
        assert sorted(first) == [""] * 9 + ["snapshot"] * 3
        assert sorted(each.status for each in streams) == [200] * 3 + [429] * 9


class Stream:
    """An open event stream."""

    def __init__(self, address: str, path: str, key: str) -> None:
        self._client = httpx2.Client(base_url=address, headers=headers_of(key), trust_env=False, timeout=60)
        self._answer = self._client.send(self._client.build_request("GET", path), stream=True)
        self.status = self._answer.status_code
        self._lines = self._answer.iter_lines()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def first_event(self) -> str:
        """The kind of the first event; empty if there is none."""
        for line in self._lines if self.status == 200 else ():
            if line.startswith("event: "):
                return line.removeprefix("event: ")
        return ""

    def close(self) -> None:
        self._answer.close()
        self._client.close()


def headers_of(key: str) -> dict[str, str]:
    return {"X-API-Key": key, "Accept": "text/event-stream"}


async def test_an_answer_that_is_dropped_before_it_is_sent_takes_no_place(world, three, principal):
    for _ in range(10):
        assert (await events_response(JobEvents(world.mine.id), principal=principal)).status_code == 200


async def test_handshakes_of_an_address_that_wait_are_bounded(world, watch, monkeypatch):
    monkeypatch.setattr(limits, "HANDSHAKES_PER_ADDRESS", 2)
    path = "/ws/me"
    asked = await asyncio.gather(*(watch(path, cookie=f"sessionid={number}") for number in range(6)))
    statuses = sorted(each.status for each in asked)
    assert statuses[0] == 404
    assert statuses[-1] == 429
    assert (await watch(path, world.cast.owner)).status == 101


async def test_every_place_is_left(world, watch):
    opened = [await watch(f"/ws/jobs/{world.mine.id}", world.cast.owner) for _ in range(3)]
    for each in opened:
        await each.leave()
    assert not WATCHERS.open
    assert not limits.HANDSHAKES.open


async def test_reads_of_one_person_delay_another_by_one_read():
    order = []

    async def read(who):
        take_turns_as(who)
        await in_database(order.append)(who)

    busy = [asyncio.create_task(read("busy")) for _ in range(200)]
    await asyncio.sleep(0)
    await asyncio.create_task(read("other"))
    behind = order.index("other")
    await asyncio.gather(*busy)
    assert behind < 10
    assert order.count("busy") == 200
