"""A server made far away: a TCP proxy on 127.0.0.1 that holds every byte back for half a round trip, each way.

Unlike `benchmarks.proxy` it keeps what is on its way apart from what comes next, as a long wire does: bytes that were
sent shortly one after another arrive so, and no later.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from urllib.parse import urlsplit

CHUNK = 64 * 1024


class Far:
    """Stands before one server. `url` is where the server is found `rtt_s` seconds there and back away."""

    def __init__(self, target: str, *, rtt_s: float) -> None:
        parts = urlsplit(target)
        assert parts.hostname
        self._host, self._port = parts.hostname, parts.port or 80
        self._rtt_s = rtt_s
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.Task[None]] = set()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, name="far", daemon=True)
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
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await asyncio.sleep(self._rtt_s)  # the handshake of a connection takes a round trip too
            server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
            await asyncio.gather(self._carry(reader, server_writer), self._carry(server_reader, writer))
            server_writer.close()
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the end of what is read has arrived on the other side. The way back stays open."""
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(on_its_way, writer))
        try:
            while data := await self._read(reader):
                on_its_way.put_nowait((self._loop.time() + self._rtt_s / 2, data))
            on_its_way.put_nowait((self._loop.time() + self._rtt_s / 2, b""))
            await arriving
        finally:
            arriving.cancel()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(CHUNK)
        except OSError:  # cut off: nothing more will come
            return b""

    async def _arrive(
        self, on_its_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = await on_its_way.get()
                await asyncio.sleep(due - self._loop.time())
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()
