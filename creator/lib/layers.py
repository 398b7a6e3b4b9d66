"""Waking whoever watches, from any thread; and the channel layer for one process whose workers are threads beside the serving loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

from channels.layers import InMemoryChannelLayer, get_channel_layer


@runtime_checkable
class Waking(Protocol):
    """A channel layer that can be told from any thread."""

    def wake(self, group: str, message: dict[str, Any]) -> None:
        """Sends `message` to everyone in `group`, soon. Never raises, never waits; nobody listening is no error."""


class EmbeddedChannelLayer(InMemoryChannelLayer):
    """Channels' in-memory layer, heard across threads: a wake-up is handed to the loop that serves sockets."""

    serving_loop: asyncio.AbstractEventLoop | None = None

    async def new_channel(self, prefix: str = "specific.") -> str:
        self.serving_loop = asyncio.get_running_loop()
        name: str = await super().new_channel(prefix)
        return name

    def wake(self, group: str, message: dict[str, Any]) -> None:
        """Sends from any thread; nobody listening is no error."""
        loop = self.serving_loop
        if loop is None or loop.is_closed():
            return
        with suppress(RuntimeError):  # the loop closed since: nobody listens any more
            loop.call_soon_threadsafe(lambda: loop.create_task(self.group_send(group, message)))


def wake_group(group: str, message: dict[str, Any]) -> None:
    """Tells everyone who watches `group` to look at the rows again. A lost message costs seconds, never truth."""
    layer = get_channel_layer()
    if not isinstance(layer, Waking):
        raise TypeError(f"{type(layer).__name__} cannot be told from a thread: see creator.lib.layers.Waking")
    layer.wake(group, message)
