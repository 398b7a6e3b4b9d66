"""Simulates a distant server: a TCP proxy on 127.0.0.1 that delays every byte by half a round trip, each way.

Unlike `benchmarks.proxy` it delays each chunk independently, as a long line does: chunks sent shortly after
one another also arrive shortly after one another.
"""

from __future__ import annotations

import asyncio
import contextlib

from benchmarks.relay import CHUNK, Relay


class Far(Relay):
    """A proxy for one server. Through `url` the server is reached with a round trip of `rtt_s` seconds."""

    def __init__(self, target: str, *, rtt_s: float) -> None:
        self._rtt_s = rtt_s
        super().__init__(target)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await asyncio.sleep(self._rtt_s)  # opening a connection also takes a round trip
            server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
            await asyncio.gather(self._carry(reader, server_writer), self._carry(server_reader, writer))
            server_writer.close()
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forwards until the reader's end has been delivered. The opposite direction stays open."""
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
        except OSError:  # the connection is broken
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
