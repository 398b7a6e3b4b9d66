import asyncio
import threading

from channels.layers import get_channel_layer

from creator.lib.wakeups.in_process import EmbeddedChannelLayer, wake_group


async def test_a_wake_up_from_another_thread_is_heard():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("job.1", channel)
    threading.Thread(target=wake_group, args=("job.1", {"type": "look"})).start()
    assert await asyncio.wait_for(layer.receive(channel), 10) == {"type": "look"}
    await layer.group_discard("job.1", channel)


def test_before_anybody_listens_and_after_everybody_left_nothing_happens():
    layer = EmbeddedChannelLayer()
    layer.wake("job.1", {"type": "look"})
    asyncio.run(layer.new_channel())
    assert layer.serving_loop.is_closed()
    layer.wake("job.1", {"type": "look"})


def test_a_loop_that_closes_just_now_is_no_error(monkeypatch):
    """The loop closes between the check that it is open and the call into it."""
    layer = EmbeddedChannelLayer()
    asyncio.run(layer.new_channel())
    monkeypatch.setattr(layer.serving_loop, "is_closed", lambda: False)
    layer.wake("job.1", {"type": "look"})
