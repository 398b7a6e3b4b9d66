"""A crowd of connections from a process of its own, so that it shares no interpreter with those who are measured.

`python -m tests.e2e.attack.crowd KIND PORT COUNT SECONDS [ARGUMENT…]` prints `ready`, attacks until its input
ends or SECONDS are over, and prints how many of its connections were served.
"""

from __future__ import annotations

import asyncio
import resource
import select
import sys
from collections.abc import Awaitable, Callable

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
STREAM = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-API-Key: {key}\r\nAccept: text/event-stream\r\n\r\n"
)
AT_ONCE = 100
"""Connections that are being opened at a time: more would wait for the kernel's backlog."""


class Crowd:
    """What each of the connections does; `served` counts those that got what they wanted."""

    def __init__(self, port: int, count: int) -> None:
        self.port, self.count, self.served = port, count, 0
        self.opening = asyncio.Semaphore(AT_ONCE)

    async def silent(self) -> None:
        """Opens a connection and says nothing."""
        await self._hold(b"")

    async def half(self) -> None:
        """Sends the begin of a head and no more."""
        await self._hold(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")

    async def socket(self, path: str, cookie: str) -> None:
        """Opens a socket of the page and reads nothing but its first message."""
        await self._hold(HANDSHAKE.format(path=path, port=self.port, cookie=cookie).encode(), wanted=b" 101 ")

    async def stream(self, path: str, key: str) -> None:
        """Opens an event stream."""
        await self._hold(STREAM.format(path=path, port=self.port, key=key).encode(), wanted=b" 200 ")

    async def _hold(self, said: bytes, wanted: bytes = b"") -> None:
        async with self.opening:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(said)
        while part := await reader.read(65536):
            if wanted and wanted in part.partition(b"\r\n")[0]:
                self.served += 1


async def attack(
    crowd: Crowd, act: Callable[..., Awaitable[None]], arguments: list[str], seconds: float
) -> None:
    async def one() -> None:
        try:
            await act(*arguments)
        except OSError:  # refused or reset
            return

    tasks = [asyncio.create_task(one()) for _ in range(crowd.count)]
    _say("ready")
    await asyncio.to_thread(_input_ends, seconds)
    for each in tasks:
        each.cancel()
    _say(str(crowd.served))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _input_ends(seconds: float) -> None:
    select.select([sys.stdin], [], [], seconds)


def main() -> None:
    kind, port, count, seconds, *arguments = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    async def run() -> None:
        crowd = Crowd(int(port), int(count))
        await attack(crowd, getattr(crowd, kind), arguments, float(seconds))

    asyncio.run(run())


if __name__ == "__main__":
    main()
