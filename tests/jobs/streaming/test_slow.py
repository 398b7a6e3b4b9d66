"""Sockets whose client does not read."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from jobs.streaming import slow_readers, sockets
from jobs.streaming.principals import PRINCIPALS
from jobs.streaming.sockets import TOO_SLOW, WatchingConsumer
from jobs.streaming.watch import SEQUENCES
from tests.jobs.streaming.sockets import PATIENCE

PATHS = ("/ws/jobs/{}", "/ws/jobs/{}/html", "/ws/me")


class Stuck:
    """A server's `send` that blocks on every message; with `relents` it lets the close through."""

    def __init__(self, *, relents: bool) -> None:
        self.relents = relents
        self.sent = []

    def hold(self, send):
        async def held(message):
            if message["type"] == "websocket.send" or (
                message["type"] == "websocket.close" and not self.relents
            ):
                await asyncio.Event().wait()
            self.sent.append(message)
            await send(message)

        return held


@pytest.fixture
def stuck(monkeypatch):
    """`stuck(relents=…)` blocks all sockets of the test after their handshake."""
    monkeypatch.setattr(slow_readers, "SLOW_S", 0.05)
    monkeypatch.setattr(sockets, "CLOSE_S", 0.05)
    call = WatchingConsumer.__call__

    def stick(*, relents: bool) -> None:
        holder = Stuck(relents=relents)
        monkeypatch.setattr(
            WatchingConsumer, "__call__", lambda self, s, r, send: call(self, s, r, holder.hold(send))
        )

    return stick


@pytest.mark.parametrize("path", PATHS)
async def test_a_slow_reader_is_closed_with_a_code_to_come_back_on(world, watch, stuck, path):
    stuck(relents=True)
    watcher = await watch(path.format(world.mine.id), world.cast.owner)
    assert await watcher.receive() == {"type": "websocket.close", "code": TOO_SLOW}


@pytest.mark.parametrize("path", PATHS)
async def test_a_reader_who_does_not_even_take_the_close_is_dropped(world, watch, stuck, path):
    stuck(relents=False)
    watcher = await watch(path.format(world.mine.id), world.cast.owner)
    await watcher.end.wait(PATIENCE)
    assert (get_channel_layer().groups, SEQUENCES.watchers(), PRINCIPALS.watchers()) == ({}, set(), set())
