from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.services.process import Missing, Server, wait_until

PLACES = ("/usr/lib/postgresql", "/usr/pgsql", "/usr/local/opt/postgresql")
MAX_CONNECTIONS = 300


class Postgres(Server):
    """A private PostgreSQL cluster; local connections as the superuser `postgres` need no password."""

    name = "postgres"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.data = self.folder / "data"
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        if not self.data.exists():
            self._own_folder()
            self._run(
                "initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"
            )
        # PostgreSQL detects at start that a killed server's lock file and shared memory are stale.
        self.spawn([*_as_nobody_special(), str(find_program("postgres")), *self._options()])

    def is_ready(self) -> bool:
        """Whether it accepts sessions; while it still recovers, it listens but answers with an error."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 1) as connection,
        ):
            fields = b"user\0postgres\0database\0postgres\0\0"
            connection.sendall(struct.pack("!ii", 8 + len(fields), 196608) + fields)
            return connection.recv(1) == b"R"
        return False

    def restart_immediately(self) -> None:
        """Breaks every connection at once, flushes nothing, and restarts with recovery from the log.

        It uses immediate shutdown instead of SIGKILL: backends have process groups of their own, and one that
        briefly outlives a killed server keeps the next server from starting.
        """
        self._signal(signal.SIGQUIT)
        wait_until(lambda: not self.is_ready(), "PostgreSQL did not go")
        self.start()

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "128MB",
            "synchronous_commit": "on",
            "fsync": "off",  # fsync only guards against power loss; a killed server recovers without it
        }
        return ["-D", str(self.data), *(f"--{name}={value}" for name, value in settings.items())]

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_nobody_special(), str(find_program(program)), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-2000:]}")

    def _own_folder(self) -> None:
        if _as_nobody_special()[:1] == ["runuser"]:
            shutil.chown(self.folder, "postgres")


def find_program(name: str) -> Path:
    """Returns the program of the newest installed version; raises Missing if there is none."""
    for place in PLACES:
        found = sorted(Path(place).glob(f"*/bin/{name}"), key=lambda path: path.parts)
        if found:
            return found[-1]
    if on_path := shutil.which(name):
        return Path(on_path)
    raise Missing("PostgreSQL is not installed. On Debian: apt-get install postgresql")


def _as_nobody_special() -> Sequence[str]:
    """Returns a command prefix that drops root, which PostgreSQL refuses to run as; empty for other users."""
    if os.geteuid() != 0:
        return []
    unshare = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode == 0:
        return unshare
    return ["runuser", "-u", "postgres", "--"]
