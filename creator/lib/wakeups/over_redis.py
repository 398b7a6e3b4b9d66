"""Wake-ups between processes: channels-redis' pub/sub layer, changed so that sockets survive a Redis outage
and workers never wait for Redis.

Joining a group sends nothing to Redis, so a socket can open during an outage. A broken connection is
reopened, after which every watcher is woken once. A full queue drops messages, since every message only says
"look".
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from contextlib import suppress
from typing import Any

import structlog
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer
from redis import Redis
from redis import asyncio as aioredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Broken
from redis.exceptions import RedisError
from redis.retry import Retry

from creator.lib.bounds import WAKE_UP_REPLY_S

log = structlog.get_logger(__name__)
COME_BACK_S = 0.5
PING_EVERY_S = 5.0
MOST_PENDING = 10_000
MOST_UNREAD = 100
LOOK = {"type": "look"}


class RedisChannelLayer(RedisPubSubChannelLayer):
    """`hosts`: a list with one `redis://` address; `prefix`: of all channel names, one per installation."""

    def __init__(self, *, hosts: list[str], prefix: str, **options: Any) -> None:
        # Only one: channels-redis would use a second host as a shard, and lose half of the groups while one
        # is away.
        (self.address,) = hosts
        self.prefix = prefix
        super().__init__(hosts=hosts, prefix=prefix, **options)
        self.publisher = Publisher(self.address)

    def wake(self, group: str, message: dict[str, Any]) -> None:
        """Sends from any thread, soon. Equal messages that are pending together are sent once."""
        self.publisher.publish(f"{self.prefix}__group__{group}", self.serialize(message))

    def _get_layer(self) -> RedisPubSubLoopLayer:
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            super()._get_layer()  # arranges that the entry of this loop is flushed when the loop closes
            self._layers[loop] = LoopLayer(self)
        return self._layers[loop]


class LoopLayer(RedisPubSubLoopLayer):
    """Channels and groups of one event loop."""

    def __init__(self, layer: RedisChannelLayer) -> None:
        super().__init__(prefix=layer.prefix, channel_layer=layer)
        self._shards = [Ear(layer.address, self)]

    async def _subscribe_to_channel(self, channel: str) -> None:
        """Does not subscribe: messages are published only to groups, and a channel is a queue of this process."""
        self.channels[channel] = asyncio.Queue(MOST_UNREAD)


class Ear:
    """The connection of one event loop that receives the messages of its groups.

    Replaces channels-redis' shard.
    """

    def __init__(self, address: str, layer: LoopLayer) -> None:
        self.address = address
        self.layer = layer
        self.wanted = {f"{layer.prefix}__ear__"}  # one permanent subscription keeps the connection listening
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.away = False

    async def subscribe(self, channel: str) -> None:
        """Subscribes soon, and again after each reconnection."""
        self.wanted.add(channel)
        self.changed.set()
        if self.task is None:
            self.task = asyncio.create_task(self._listen())

    async def unsubscribe(self, channel: str) -> None:
        self.wanted.discard(channel)
        self.changed.set()

    async def publish(self, channel: str, message: bytes) -> None:
        """For `group_send` on this loop."""
        self.layer.channel_layer.publisher.publish(channel, message)

    async def flush(self) -> None:
        """Ends listening."""
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except* (RedisError, OSError) as errors:
                if not self.away:  # log each outage once
                    log.warning("redis_not_heard", reason=str(errors.exceptions[0])[:200])
                self.away = True
            await asyncio.sleep(COME_BACK_S)

    async def _hear(self) -> None:
        client = aioredis.Redis.from_url(
            self.address, socket_connect_timeout=WAKE_UP_REPLY_S, retry=AsyncRetry(NoBackoff(), 0)
        )
        async with client, client.pubsub() as pubsub, asyncio.TaskGroup() as both:
            wanted = set(self.wanted)
            await pubsub.subscribe(*wanted)
            self.away = False
            both.create_task(self._follow(pubsub, wanted))
            both.create_task(self._deliver(pubsub))

    async def _follow(self, pubsub: Any, subscribed: set[str]) -> None:
        """Updates the subscriptions to the wanted ones; combines several changes into one command."""
        while not _is_cancelled():
            await self.changed.wait()
            self.changed.clear()
            wanted = set(self.wanted)
            if new := wanted - subscribed:
                await pubsub.subscribe(*new)
            if old := subscribed - wanted:
                await pubsub.unsubscribe(*old)
            subscribed = wanted

    async def _deliver(self, pubsub: Any) -> None:
        asked = False
        while not _is_cancelled():
            message = await pubsub.get_message(timeout=PING_EVERY_S)
            if message is not None:
                asked = False
                self._hand_over(message)
            elif asked:
                raise Broken("it does not answer")
            else:
                asked = True
                await pubsub.ping()

    def _hand_over(self, message: dict[str, Any]) -> None:
        """Delivers a published message.

        A new subscription delivers LOOK, since rows may have changed before it began.
        """
        if message["type"] == "message":
            data = message["data"]
        elif message["type"] == "subscribe":
            data = self.layer.channel_layer.serialize(LOOK)
        else:
            return
        for channel in self.layer.groups.get(message["channel"].decode(), ()):
            if channel in self.layer.channels:
                with suppress(asyncio.QueueFull):  # MOST_UNREAD wake-ups are already waiting there
                    self.layer.channels[channel].put_nowait(data)


def _is_cancelled() -> bool:
    """Whether this task shall end: a cancellation can get lost in redis-py while it sends a command."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Publisher:
    """Publishes for all threads of a process in a background thread, so that callers never wait for Redis."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._begin()

    def _begin(self) -> None:
        self.process = os.getpid()
        self.pending: dict[tuple[str, bytes], None] = {}
        self.gathered = threading.Condition()
        self.thread: threading.Thread | None = None

    def publish(self, channel: str, message: bytes) -> None:
        """From any thread.

        Drops messages beyond MOST_PENDING while Redis is away: watchers also poll the rows.
        """
        if self.process != os.getpid():  # a forked child does not have the parent's thread
            self._begin()
        with self.gathered:
            if self.thread is None:
                self.thread = threading.Thread(target=self._send_for_ever, name="publisher", daemon=True)
                self.thread.start()
            if len(self.pending) < MOST_PENDING:
                self.pending[(channel, message)] = None
            self.gathered.notify()

    def _send_for_ever(self) -> None:
        client = Redis.from_url(
            self.address,
            socket_connect_timeout=WAKE_UP_REPLY_S,
            socket_timeout=WAKE_UP_REPLY_S,
            retry=Retry(NoBackoff(), 1),  # the connection may have broken while it was idle
        )
        away = False
        while True:
            with self.gathered:
                self.gathered.wait_for(lambda: self.pending)
                batch, self.pending = self.pending, {}
            try:
                self._send(client, batch)
                away = False
            except (RedisError, OSError) as error:
                if not away:  # log each outage once
                    log.warning("wake_ups_lost", reason=str(error)[:200])
                away = True
                time.sleep(COME_BACK_S)

    def _send(self, client: Redis, batch: dict[tuple[str, bytes], None]) -> None:
        with client.pipeline(transaction=False) as pipeline:
            for channel, message in batch:
                pipeline.publish(channel, message)
            pipeline.execute()
