"""Sockets and streams woken through a real Redis: they stay open when it dies, and are woken when it is back."""

import json
from contextlib import aclosing

import pytest
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from redis import Redis

from accounts.api_keys import revoke_api_key
from accounts.models import ApiKey
from creator.lib.wakeups.over_redis import RedisChannelLayer
from jobs.enums import Stage
from jobs.lifecycle import enter_stage, finish_job
from jobs.streaming import polling
from jobs.streaming.job_events import JobEvents
from jobs.streaming.principals import credential_group
from jobs.streaming.sse import stream_events
from tests.creator.own_redis import OwnRedis
from tests.jobs.execution.running import eventually
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


async def test_a_stream_ends_with_its_key_and_not_with_a_new_subscription(redis, world, principal):
    """Redis confirms a subscription by a wake-up to look: at the stream's beginning, and after each outage."""
    async with aclosing(stream_events(JobEvents(world.mine.id), principal=principal)) as stream:
        assert (await anext(stream)).startswith(b"retry: ")
        assert message_in(await anext(stream))["status"] == "queued"
        await in_thread(wait_until_heard)(redis, principal)
        held = await in_thread(rows.claim)(world.mine, world.node)
        assert message_in(await anext(stream))["stage"] == "staged"
        redis.kill()
        redis.start()
        await in_thread(wait_until_heard)(redis, principal)
        await in_thread(enter_stage)(held, Stage.RUNNING)
        assert message_in(await anext(stream))["stage"] == "running"
        await in_thread(lambda: revoke_api_key(key=ApiKey.objects.get()))()
        assert [event async for event in stream] == []


def message_in(event):
    """The message that an event of the stream carries."""
    return json.loads(event.decode().partition("data: ")[2])


def wait_until_heard(redis, principal) -> None:
    """Until this process has subscribed to the end of the credential: what is published later comes later."""
    group = f"test__group__{credential_group(principal.means, principal.credential)}"
    with Redis.from_url(redis.address, decode_responses=True) as client:
        eventually(lambda: client.pubsub_numsub(group) == [(group, 1)])
