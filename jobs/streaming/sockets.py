"""The base of every socket: checks access, waits for wake-ups, limits send time, closes with a code."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone

from accounts.enums import Means, Scope
from accounts.principals import Principal
from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused
from jobs.streaming import slow_readers
from jobs.streaming.database import take_turns_as
from jobs.streaming.limits import WATCHERS
from jobs.streaming.principals import PRINCIPALS, credential_group

log = structlog.get_logger(__name__)
DONE = 1000
TOO_SLOW = 4008
SIGNED_OUT = 4401
CLOSED_BY_FAULT = 4500
CLOSE_S = 1.0
NOTHING_HERE = "There is nothing to watch here."


class SlowReader(Exception):
    """A message did not leave within SLOW_S."""


class WatchingConsumer(AsyncWebsocketConsumer):
    """Joins its group and its principal's, then runs `send_all`. Subclasses choose what to watch and send."""

    program_scope: Scope | None = None
    """What a program must be allowed to do to open this socket. None: pages only, as for all that send HTML."""
    principal: Principal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.joined: list[str] = []
        self.loop_task: asyncio.Task[None] | None = None
        self.code: int | None = None
        self.app_task = asyncio.current_task()
        self.is_cut_off = False
        self.place = ExitStack()
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not self.is_cut_off:
                raise
        finally:
            await self._leave()

    async def websocket_connect(self, message: Any) -> None:
        try:
            group = await self._enter()
        except Refused as refused:
            await refuse_handshake(self.base_send, refused)
            return
        self.woken = asyncio.Event()
        for each in (group, credential_group(self.principal.means, self.principal.credential)):
            await self.channel_layer.group_add(each, self.channel_name)
            self.joined.append(each)
        await self.accept()
        self.loop_task = asyncio.create_task(self._run())

    async def _enter(self) -> str:
        """Returns the group to watch, and counts the socket as its person's, in whose zone it shows times. Raises Refused."""
        principal: Principal | None = self.scope["principal"]
        if principal is None or (self.program_scope is None and principal.means != Means.SESSION):
            raise Refused("not_found", NOTHING_HERE)
        if self.program_scope:
            principal.require(self.program_scope)
        self.principal = principal
        group = await self.find_group()
        if group is None:
            raise Refused("not_found", NOTHING_HERE)
        self.place.enter_context(WATCHERS.one_of(principal.user.pk))
        self.place.enter_context(timezone.override(principal.user.zone))
        take_turns_as(principal.user.pk)
        return group

    async def look(self, message: dict[str, Any]) -> None:
        """Handles a wake-up from the group."""
        self.on_wake(message)
        self.woken.set()

    async def signed_out(self, message: dict[str, Any]) -> None:
        """Handles the end of the session, the token or the key."""
        self._end(SIGNED_OUT)

    async def find_group(self) -> str | None:
        """Returns the group to watch, or None to refuse the handshake with 404."""
        raise NotImplementedError

    async def send_all(self) -> None:
        """Sends the current state and then every change, until nothing more will come."""
        raise NotImplementedError

    def on_wake(self, message: dict[str, Any]) -> None:
        """Takes the content of a wake-up, if the subclass needs any."""

    async def send_text(self, text: str) -> None:
        """Sends one message at a time, so none queue up. Raises SlowReader after SLOW_S."""
        try:
            async with asyncio.timeout(slow_readers.SLOW_S):
                await self.send(text)
        except TimeoutError:
            raise SlowReader from None

    async def _run(self) -> None:
        try:
            with PRINCIPALS.watching(self.principal, True, lambda: self._end(SIGNED_OUT)):
                await self.send_all()
            self.code = DONE
        except asyncio.CancelledError:
            if self.code is None:  # the client closed the socket
                raise
        except SlowReader:
            self.code = TOO_SLOW
        except OSError:  # the server raises this when the reader has disconnected
            return
        except Exception:
            # Nothing awaits this task, so the error ends here. The close code tells the client to reconnect.
            log.exception("socket_failed", group=self.joined[0])
            self.code = CLOSED_BY_FAULT
        await self._close(self.code or CLOSED_BY_FAULT)

    def _end(self, code: int) -> None:
        if self.loop_task is not None and self.code is None:
            self.code = code
            self.loop_task.cancel()

    async def _close(self, code: int) -> None:
        """Closes the socket. A close waits behind unread messages; after CLOSE_S, drops the connection."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.close(code)
        except TimeoutError:
            self.is_cut_off = True
            if self.app_task is not None:
                self.app_task.cancel()

    async def _leave(self) -> None:
        self.place.close()
        if self.loop_task is not None:
            self.loop_task.cancel()
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)
