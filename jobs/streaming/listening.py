"""Wake-ups outside Channels consumers: lets a stream of server-sent events join a group as a socket does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from channels.layers import get_channel_layer


@asynccontextmanager
async def woken_by(group: str) -> AsyncIterator[asyncio.Event]:
    """Yields an `asyncio.Event` that each message to `group` sets. Leaves the group at the end."""
    woken = asyncio.Event()
    async with listening_to(group, woken.set):
        yield woken


@asynccontextmanager
async def listening_to(group: str, heard: Callable[[], None]) -> AsyncIterator[None]:
    """Calls `heard` for each message to `group`. Leaves the group at the end."""
    layer = get_channel_layer()
    channel = await layer.new_channel()

    async def listen() -> None:
        while True:
            await layer.receive(channel)
            heard()

    await layer.group_add(group, channel)
    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await layer.group_discard(group, channel)
