from __future__ import annotations

import contextlib
import shutil
import socket
from pathlib import Path

from tests.services.process import Missing, Server


class Redis(Server):
    """Persists nothing: after a kill it starts empty."""

    name = "redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("Redis is not installed. On Debian: apt-get install redis-server")
        self.spawn(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        )

    def is_ready(self) -> bool:
        return self._say(b"PING\r\n").startswith(b"+PONG")

    def flush(self) -> None:
        """Deletes all data."""
        self._say(b"FLUSHALL\r\n")

    def _say(self, words: bytes) -> bytes:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 1) as connection,
        ):
            connection.sendall(words)
            return connection.recv(64)
        return b""
