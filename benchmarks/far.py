"""A server made far away: a TCP proxy on 127.0.0.1 that holds every byte back for half a round trip, each way.

Unlike `benchmarks.proxy` it keeps what is on its way apart from what comes next, as a long wire does: bytes that were
sent shortly one after another arrive so, and no later.
"""

from __future__ import annotations

import asyncio
import contextlib

from benchmarks.relay import CHUNK, Relay


class Far(Relay):
    """Stands before one server. `url` is where the server is found `rtt_s` seconds there and back away."""

    def __init__(self, target: str, *, rtt_s: float) -> None:
        self._rtt_s = rtt_s
        super().__init__(target)

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
