"""Sockets woken through a real Redis: they stay open when it dies and are woken again when it is back."""

import pytest
from channels.db import database_sync_to_async
from channels.layers import channel_layers

from creator.lib.wakeups.over_redis import RedisChannelLayer
from jobs.enums import Stage
from jobs.lifecycle import enter_stage, finish_job
from jobs.streaming import polling
from tests.creator.own_redis import OwnRedis
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async


@pytest.fixture
async def redis(services, tmp_path, monkeypatch):
    """A Redis that the site uses. Polling is too slow to matter, so only wake-ups bring news."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 600)
    server = OwnRedis(tmp_path)
    server.start()
    layer = RedisChannelLayer(hosts=[server.address], prefix="test")
    before = channel_layers.set("default", layer)
    yield server
    channel_layers.set("default", before)
    await layer.flush()
    server.kill()


async def test_sockets_are_woken_through_redis(redis, world, watch):
    watcher = await watch(f"/ws/jobs/{world.mine.id}", world.cast.owner)
    assert (await watcher.message())["status"] == "queued"
    held = await in_thread(rows.claim)(world.mine, world.node)
    assert (await watcher.message())["stage"] == "staged"
    await in_thread(finish_job)(held, [])
    messages, code = await watcher.messages_until_close()
    assert ([message["status"] for message in messages], code) == (["completed"], 1000)


async def test_sockets_outlive_redis_and_catch_up_when_it_is_back(redis, world, watch):
    watcher = await watch(f"/ws/jobs/{world.mine.id}", world.cast.owner)
    await watcher.message()
    redis.kill()
    late = await watch(f"/ws/jobs/{world.mine.id}", world.cast.owner)
    assert (await late.message())["status"] == "queued"
    held = await in_thread(rows.claim)(world.mine, world.node)
    redis.start()
    assert [(await each.message())["stage"] for each in (watcher, late)] == ["staged", "staged"]
    await in_thread(enter_stage)(held, Stage.RUNNING)
    assert [(await each.message())["stage"] for each in (watcher, late)] == ["running", "running"]
