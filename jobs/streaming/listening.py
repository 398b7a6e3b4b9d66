"""Wake-ups outside Channels consumers: lets a stream of server-sent events join a group as a socket does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.layers import get_channel_layer

Message = Mapping[str, Any]


@asynccontextmanager
async def woken_by(
    group: str, concerns: Callable[[Message], bool] = lambda _: True
) -> AsyncIterator[asyncio.Event]:
    """Yields an `asyncio.Event` that messages to `group` set, those that `concerns` accepts.

    Leaves the group at the end.
    """
    woken = asyncio.Event()

    def hear(message: Message) -> None:
        if concerns(message):
            woken.set()

    async with listening_to(group, hear):
        yield woken


@asynccontextmanager
async def listening_to(group: str, heard: Callable[[Message], None]) -> AsyncIterator[None]:
    """Calls `heard` with each message to `group`. Leaves the group at the end."""
    layer = get_channel_layer()
    channel = await layer.new_channel()

    async def listen() -> None:
        while True:
            heard(await layer.receive(channel))

    await layer.group_add(group, channel)
    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await layer.group_discard(group, channel)
