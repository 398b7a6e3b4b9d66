"""Where the supervisor of a pool listens: a socket in a private folder, named after the code that it runs.

Two releases on one data folder, as during a deploy, have a supervisor each. A supervisor holds its lock while
it lives, so there is one of each name.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Address:
    """`folder` is private to the user; `name` is that of the files of one supervisor in it."""

    folder: Path
    name: str

    @classmethod
    def of(cls, folder: Path, tasks: str) -> Address:
        """Returns the address for the present code; creates the folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        return cls(folder, _fingerprint(tasks))

    @property
    def lock_file(self) -> Path:
        return self.folder / f"{self.name}.lock"

    @property
    def socket_file(self) -> Path:
        return self.folder / f"{self.name}.socket"

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name}.log"

    @contextmanager
    def short_path(self) -> Iterator[str]:
        """A path of the socket that fits into an address of 108 bytes (unix(7)), however long the folder's is."""
        folder = os.open(self.folder, os.O_PATH | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{folder}/{self.socket_file.name}"
        finally:
            os.close(folder)

    def connect(self) -> socket.socket:
        """Raises FileNotFoundError or ConnectionRefusedError if no supervisor listens."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            with self.short_path() as path:
                connection.connect(path)
        except OSError:
            connection.close()
            raise
        return connection

    def listen(self) -> socket.socket:
        """Listens in place of a supervisor that died. Only the holder of the lock may."""
        self.socket_file.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        with self.short_path() as path:
            listener.bind(path)
        listener.listen(1024)
        return listener

    def take_lock(self) -> IO[bytes] | None:
        """Returns the held lock, or None if a supervisor has it."""
        while True:
            lock = self.lock_file.open("wb")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return None
            if self.lock_file.exists() and os.path.samestat(os.fstat(lock.fileno()), self.lock_file.stat()):
                return lock
            lock.close()  # its holder removed it when it ended

    def remove(self) -> None:
        """Removes the files of a supervisor that ends, while it still holds the lock."""
        for path in (self.socket_file, self.log_file, self.lock_file):
            path.unlink(missing_ok=True)


@cache
def _fingerprint(tasks: str) -> str:
    """A name for the code of the pool and its tasks, as it is on the disk when this process first asks."""
    digest = hashlib.sha256(f"{sys.executable} {PROJECT_ROOT} {tasks}".encode())
    for path in sorted((PROJECT_ROOT / "jobs").rglob("*.py")):
        found = path.stat()
        digest.update(f"{path} {found.st_size} {found.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
