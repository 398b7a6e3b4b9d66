"""Wake-ups through a real Redis, private to each test because some tests kill and restart it."""

import asyncio
import multiprocessing
import threading

import pytest

from creator.lib.wakeups import over_redis
from creator.lib.wakeups.in_process import Waking
from creator.lib.wakeups.over_redis import MOST_PENDING, RedisChannelLayer
from tests.creator.own_redis import OwnRedis

LOOK = {"type": "look"}


@pytest.fixture
def redis(services, tmp_path):
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def layer(redis):
    layer = RedisChannelLayer(hosts=[redis.address], prefix="test")
    yield layer
    await layer.flush()


async def join(layer, group: str) -> str:
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


async def hear(layer, channel: str):
    return await asyncio.wait_for(layer.receive(channel), 15)


async def test_a_wake_up_from_a_thread_is_heard_by_its_group_alone(layer):
    mine, other = await join(layer, "job.1"), await join(layer, "job.2")
    assert [await hear(layer, mine), await hear(layer, other)] == [
        LOOK,
        LOOK,
    ]  # subscribing sends a "look" of its own
    message = {"type": "look", "job_id": "7"}
    threading.Thread(target=layer.wake, args=("job.1", message)).start()
    assert await hear(layer, mine) == message
    layer.wake("job.2", message | {"job_id": "8"})
    assert await hear(layer, other) == message | {"job_id": "8"}


async def test_two_processes_hear_each_other(layer, redis):
    channel = await join(layer, "job.1")
    await hear(layer, channel)
    elsewhere = RedisChannelLayer(hosts=[redis.address], prefix="test")
    stranger = RedisChannelLayer(hosts=[redis.address], prefix="another")
    stranger.wake("job.1", {"type": "look", "by": "stranger"})
    elsewhere.wake("job.1", {"type": "look", "by": "us"})
    assert await hear(layer, channel) == {"type": "look", "by": "us"}


async def test_a_redis_that_was_killed_is_heard_again(layer, redis):
    channel = await join(layer, "job.1")
    await hear(layer, channel)
    redis.kill()
    layer.wake("job.1", LOOK)
    later = await join(layer, "job.2")
    redis.start()
    assert [await hear(layer, channel), await hear(layer, later)] == [LOOK, LOOK]
    layer.wake("job.2", {"type": "look", "job_id": "7"})
    while await hear(layer, later) != {"type": "look", "job_id": "7"}:
        pass


async def test_who_left_is_told_nothing(layer):
    left, stays = await join(layer, "job.1"), await join(layer, "job.2")
    for channel in (left, stays):
        await hear(layer, channel)
    await layer.group_discard("job.1", left)
    layer.wake("job.1", LOOK)
    layer.wake("job.2", LOOK)
    assert await hear(layer, stays) == LOOK
    assert layer.channels[left].empty()


async def test_unread_wake_ups_do_not_pile_up(layer, monkeypatch):
    monkeypatch.setattr(over_redis, "MOST_UNREAD", 2)
    deaf, hearing = await join(layer, "job.1"), await join(layer, "job.1")
    assert await hear(layer, hearing) == LOOK
    for number in range(5):
        layer.wake("job.1", {"type": "look", "number": number})
        assert await hear(layer, hearing) == {"type": "look", "number": number}
    assert layer.channels[deaf].qsize() == 2


def test_telling_a_redis_that_is_away_neither_raises_nor_gathers_for_ever(tmp_path):
    layer = RedisChannelLayer(hosts=[f"unix://{tmp_path}/none.sock"], prefix="test")
    assert isinstance(layer, Waking)
    for number in range(MOST_PENDING + 100):
        layer.wake(f"job.{number}", LOOK)
    assert len(layer.publisher.pending) <= MOST_PENDING


def wake_and_stay(layer, heard) -> None:
    layer.wake("job.1", {"type": "look", "by": "child"})
    heard.wait(30)


async def test_a_child_of_fork_publishes_on_its_own(layer):
    """A worker forks its children after it has published; they do not inherit its publishing thread."""
    channel = await join(layer, "job.1")
    await hear(layer, channel)
    layer.wake("job.1", {"type": "look", "by": "parent"})
    assert await hear(layer, channel) == {"type": "look", "by": "parent"}
    fork = multiprocessing.get_context("fork")
    heard = fork.Event()
    child = fork.Process(target=wake_and_stay, args=(layer, heard))
    child.start()
    assert await hear(layer, channel) == {"type": "look", "by": "child"}
    heard.set()
    await asyncio.to_thread(child.join, 30)
    assert child.exitcode == 0
