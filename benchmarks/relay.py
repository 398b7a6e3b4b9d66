"""Base class of TCP proxies on 127.0.0.1; each runs an event loop in its own thread."""

from __future__ import annotations

import asyncio
import threading
from urllib.parse import urlsplit

CHUNK = 64 * 1024


class Relay:
    """A proxy for one server, reachable at `url`. Subclasses handle the connections."""

    def __init__(self, target: str) -> None:
        """`target`: address of the server, such as http://127.0.0.1:8188."""
        parts = urlsplit(target)
        assert parts.hostname
        self._host, self._port = parts.hostname, parts.port or 80
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.Task[None]] = set()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
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
        """Not a coroutine: asyncio's stream server would print the exception of each cancelled task."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError
