"""A small TCP proxy on 127.0.0.1 that can fail on demand, also for open connections.

It only recognises the start of an HTTP request, in the first bytes that a client sends after an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import re

from benchmarks.relay import CHUNK, Relay

PASS, HOLD, FAIL, SWALLOW = "pass", "hold", "fail", "swallow"
"""`pass`: forward; `hold`: forward nothing until the mode changes; `fail`: answer each request with 500;
`swallow`: forward requests but drop their answers.
"""

REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) ")
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LINGER_S = 1.0


class Proxy(Relay):
    """A proxy for one server.

    `mode` may change at any time; open connections follow it from their next bytes.
    """

    def __init__(self, target: str) -> None:
        self.mode, self.delay_s = PASS, 0.0
        super().__init__(target)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._hold()
            server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
            there = asyncio.create_task(self._requests(reader, server_writer, writer))
            back = asyncio.create_task(self._answers(server_reader, writer))
            _, open_ = await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            for task in open_:
                task.cancel()
            for task in (there, back):
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await task
            server_writer.close()
        writer.close()

    async def _requests(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK):
            await self._hold()
            if self.mode == FAIL and REQUEST.match(data):
                client.write(FAILURE)
                with contextlib.suppress(TimeoutError):  # an unread body would reset the connection
                    async with asyncio.timeout(LINGER_S):
                        while await reader.read(CHUNK):
                            pass
                return
            server.write(data)
            await server.drain()

    async def _answers(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._hold()
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if self.mode == SWALLOW:
                return
            client.write(data)
            await client.drain()

    async def _hold(self) -> None:
        while self.mode == HOLD:
            await asyncio.sleep(0.02)
