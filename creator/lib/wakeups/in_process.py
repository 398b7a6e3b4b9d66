"""Waking watchers from any thread, and the channel layer for a process that runs workers as threads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

from channels.layers import InMemoryChannelLayer, get_channel_layer


@runtime_checkable
class Waking(Protocol):
    """A channel layer that accepts wake-ups from any thread."""

    def wake(self, group: str, message: dict[str, Any]) -> None:
        """Sends `message` to all channels of `group`, soon.

        Never raises and never waits; an empty group is no error.
        """


class EmbeddedChannelLayer(InMemoryChannelLayer):
    """Channels' in-memory layer for several threads: hands each wake-up to the loop that serves sockets."""

    serving_loop: asyncio.AbstractEventLoop | None = None

    async def new_channel(self, prefix: str = "specific.") -> str:
        self.serving_loop = asyncio.get_running_loop()
        name: str = await super().new_channel(prefix)
        return name

    def wake(self, group: str, message: dict[str, Any]) -> None:
        """Sends from any thread; an empty group is no error."""
        loop = self.serving_loop
        if loop is None or loop.is_closed():
            return
        with suppress(RuntimeError):  # the loop has closed since, and its sockets with it
            loop.call_soon_threadsafe(lambda: loop.create_task(self.group_send(group, message)))


def wake_group(group: str, message: dict[str, Any]) -> None:
    """Wakes the watchers of `group`: they look at the rows again.

    A lost message only delays an update by seconds.
    """
    layer = get_channel_layer()
    if not isinstance(layer, Waking):
        raise TypeError(
            f"{type(layer).__name__} cannot be woken from a thread: see creator.lib.wakeups.in_process.Waking"
        )
    layer.wake(group, message)
