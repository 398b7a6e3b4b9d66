"""What every private server needs: a free port, its own process group, a readiness check and a stop."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

START_S = 60.0
LOOK_S = 0.02
T = TypeVar("T")
_chance = random.SystemRandom()


class Missing(RuntimeError):
    """A server program is not installed; the message says how to install it."""


def free_port() -> int:
    """Returns an unused port of 127.0.0.1 below the ephemeral range, which client connections use."""
    while True:
        port = _chance.randrange(15_000, 32_000)  # so no client takes the port of a killed server
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port


def wait_until(look: Callable[[], T], failure: str, seconds: float = START_S) -> T:
    """Returns the first true result of `look`. Raises RuntimeError with `failure` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{failure} within {seconds:.0f} s")
        time.sleep(LOOK_S)
    return found


def accepts(port: int) -> bool:
    """Whether a process listens on this port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Server:
    """A server in a child process and process group. Subclasses define how it starts and when it is ready."""

    name = "server"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "log"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        raise NotImplementedError

    def is_ready(self) -> bool:
        return accepts(self.port)

    def spawn(self, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        """Starts the process and waits until it is ready. Raises RuntimeError if it exits or is too slow."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **(environ or {})},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._is_up, f"{self.name} did not start, see {self.log},")

    def _is_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended at once, see {self.log}")
        return self.is_ready()

    def kill(self) -> None:
        """Sends SIGKILL to the whole group: no clean shutdown, nothing flushed."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Sends SIGTERM and waits for the exit; after 15 s it sends SIGKILL."""
        self._signal(signal.SIGTERM)

    def pause(self) -> None:
        os.killpg(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self._pid, signal.SIGCONT)

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None
