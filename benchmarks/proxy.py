"""A small TCP proxy on 127.0.0.1 that can be told to misbehave while connections run through it.

It knows no more of HTTP than where a request begins: at the first bytes that a client sends after an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from urllib.parse import urlsplit

PASS, HOLD, FAIL, SWALLOW = "pass", "hold", "fail", "swallow"
"""`pass` on; `hold` everything until another mode is set; `fail`: each request is answered 500; `swallow`: a request
goes through and its answer does not."""

CHUNK = 64 * 1024
REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) ")
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LINGER_S = 1.0


class Proxy:
    """Stands before one server. `mode` may be changed at any time; open connections obey at their next bytes."""

    def __init__(self, target: str) -> None:
        """`target`: address of the server, such as http://127.0.0.1:8188."""
        parts = urlsplit(target)
        assert parts.hostname
        self._host, self._port = parts.hostname, parts.port or 80
        self.mode, self.delay_s = PASS, 0.0
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.Task[None]] = set()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks))
        self._loop.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not a coroutine: the stream server would print how each of its own tasks was ended."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

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
                with contextlib.suppress(TimeoutError):  # a body that is not read would reset the connection
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
