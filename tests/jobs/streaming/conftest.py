from types import SimpleNamespace

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.principals import find_by_secret
from jobs.streaming import consumers
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.sockets import Watcher


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def world(transactional_db, cast, slow):
    """One job of the owner, one of another user, and a node.

    They are committed, because sockets read over their own database connections.
    """
    node = rows.make_node(slots=5)
    mine, theirs = rows.submit_one(cast.owner, slow), rows.submit_one(cast.other, slow)
    return SimpleNamespace(cast=cast, slow=slow, node=node, mine=mine, theirs=theirs)


@pytest.fixture
def quick(monkeypatch):
    """Remove the pause between the messages of a burst. Polling keeps its normal interval."""
    for consumer in (consumers.JobConsumer, consumers.MeConsumer):
        monkeypatch.setattr(consumer, "pause_s", 0.0)


@pytest.fixture
async def watch(world, quick):
    """`await watch(path, user)` opens a Watcher and performs its handshake. All are closed at the end."""
    opened = []

    async def open_socket(path, user=None, cookie="", **headers):
        if user:
            cookie = await database_sync_to_async(session_cookie)(user)
        watcher = Watcher(path, cookie, **headers)
        opened.append(watcher)
        await watcher.shake_hands()
        return watcher

    yield open_socket
    for watcher in opened:
        await watcher.leave()


@pytest.fixture
async def principal(world):
    """The owner, by a new API key."""
    secret = (await database_sync_to_async(make_api_key)(owner=world.cast.owner, name="test"))[1]
    return await database_sync_to_async(find_by_secret)(secret)


def session_cookie(user) -> str:
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"
