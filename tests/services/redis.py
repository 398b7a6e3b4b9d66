from __future__ import annotations

import contextlib
import shutil
import socket
from pathlib import Path

from tests.services.process import Missing, Server

PASSWORD = "for-tests-only"


class Redis(Server):
    """Persists nothing: after a kill it starts empty. It asks for a password, as production requires."""

    name = "redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("Redis is not installed. On Debian: apt-get install redis-server")
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        options["requirepass"] = PASSWORD
        self.spawn([program, *(word for name, value in options.items() for word in (f"--{name}", value))])

    def is_ready(self) -> bool:
        return b"+PONG" in self._say(b"PING\r\n")

    def flush(self) -> None:
        """Deletes all data."""
        self._say(b"FLUSHALL\r\n")

    def _say(self, words: bytes) -> bytes:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 1) as connection,
        ):
            connection.sendall(b"AUTH %s\r\n%sQUIT\r\n" % (PASSWORD.encode(), words))
            return connection.makefile("rb").read()
        return b""
