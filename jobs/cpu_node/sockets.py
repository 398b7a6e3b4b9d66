"""Open WebSockets by client id, and the delivery of messages to them.

As on the real server, an id has one socket. A newer socket replaces an older one, which stays open but receives
nothing. When the older one closes, its id is removed from the table, and the newer one receives nothing more either.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from jobs.cpu_node.faults import Faults

# Bytes that may wait for one slow reader before its socket is closed.
OUTBOX_BYTES = 64 * 2**20
Send = Callable[[str | bytes], Awaitable[None]]


class Socket:
    """One open socket. Messages wait in its own outbox, so a slow reader delays no other socket."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._outbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._waiting = 0
        self.deaf = False
        self.wants_metadata = False

    def post(self, message: str | bytes) -> None:
        if self.deaf:
            return
        self._waiting += len(message)
        if self._waiting > OUTBOX_BYTES:
            self.deaf = True
            message = ""
        self._outbox.put_nowait(message or None)

    async def send_now(self, message: str | bytes) -> None:
        if not self.deaf:
            await self._send(message)

    async def deliver(self) -> None:
        """Send posted messages until the outbox overflows."""
        while (message := await self._outbox.get()) is not None:
            await self._send(message)
            self._waiting -= len(message)


class Sockets:
    """The table of sockets. `send` and `broadcast_status` work from any thread, all else from the event loop only."""

    def __init__(self, faults: Faults, remaining: Callable[[], int]) -> None:
        self._faults, self._remaining = faults, remaining
        self._table: dict[str, Socket] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shared: asyncio.Queue[tuple[str | bytes, str | None]] = asyncio.Queue()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._task = loop.create_task(self._deliver_shared())

    def register(self, client_id: str, socket: Socket) -> None:
        self._table[client_id] = socket

    def unregister(self, client_id: str) -> None:
        """Remove the id, even if it belongs to a newer socket by now."""
        self._table.pop(client_id, None)

    def deafen(self) -> None:
        for socket in self._table.values():
            socket.deaf = True

    def status(self, client_id: str | None = None) -> str:
        """The status message. The first one on a socket carries the client id."""
        data: dict[str, Any] = {"status": {"exec_info": {"queue_remaining": self._remaining()}}}
        if client_id is not None:
            data["sid"] = client_id
        return json.dumps({"type": "status", "data": data})

    def wants_metadata(self, client_id: str | None) -> bool:
        socket = self._table.get(client_id or "")
        return socket is not None and socket.wants_metadata

    def broadcast_status(self) -> None:
        self.send(self.status(), None)

    def send(self, message: str | bytes, client_id: str | None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._post, message, client_id)

    def _post(self, message: str | bytes, client_id: str | None) -> None:
        if self._faults.is_on("stuck_reader"):
            self._shared.put_nowait((message, client_id))
            return
        for socket in self._addressees(client_id):
            socket.post(message)

    def _addressees(self, client_id: str | None) -> list[Socket]:
        if client_id is None:
            return list(self._table.values())
        socket = self._table.get(client_id)
        return [socket] if socket else []

    async def _deliver_shared(self) -> None:
        """Send one message at a time: a reader that stops reading blocks all others, as on the real server."""
        while True:
            message, client_id = await self._shared.get()
            for socket in self._addressees(client_id):
                try:
                    await socket.send_now(message)
                except Exception:  # noqa: BLE001, S112 - the socket is gone; its own task cleans up
                    continue
