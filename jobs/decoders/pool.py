"""A pool as its users see it: run a task, wait for a turn. Starts the supervisor if none runs."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from jobs.decoders.address import PROJECT_ROOT, Address
from jobs.decoders.messages import BEGUN, FAILED, Ending, Order
from jobs.decoders.patience import LONGEST_S
from jobs.decoders.replies import Replies

logger = logging.getLogger(__name__)

WAIT_S = 10.0
"""Longest wait for a turn."""
_START_S = 10.0
_ANSWER_S = LONGEST_S + 10
_TRIES = 2
_PAUSE_S = 1.0
_LOOK_S = 0.01
# `-I` keeps the environment and the working folder out of the module search path, so add the project's root again.
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from jobs.decoders.supervisor import main; main(sys.argv[2:])"


class Busy(Exception):
    """No turn came in time."""


class PoolLost(Exception):
    """The supervisor could not be started, or died twice with our work."""


class Pool:
    """The decoders of one data folder. `tasks` is the module whose TASKS a child can be asked to do."""

    def __init__(self, folder: Path, tasks: str) -> None:
        self.folder = folder
        self.tasks = tasks
        self._lock = threading.Lock()
        self._started: subprocess.Popen[bytes] | None = None

    def run(
        self,
        task: str,
        arguments: Sequence[str],
        *,
        folder: Path,
        person: str,
        wait_s: float = WAIT_S,
        gone: threading.Event | None = None,
    ) -> Ending:
        """Runs the task in a fresh child whose working folder is `folder`; its stderr goes to stderr.txt there.

        One task of a `person` runs at a time. It runs again, in the same folder, if the supervisor dies. Raises
        Busy after `wait_s` seconds without a turn, CallerGone soon after `gone` is set, and PoolLost.
        """
        order = Order(task, list(arguments), str(folder), person)
        deadline = time.monotonic() + wait_s
        for _ in range(_TRIES):
            with self._turn(order, deadline, gone or threading.Event()) as replies:
                try:
                    return Ending.load(replies.line(time.monotonic() + _ANSWER_S))
                except (OSError, ValueError, TypeError) as error:
                    logger.warning("decoders lost: %r", error)
        raise PoolLost("the decoders ended twice with a task")

    @contextmanager
    def _turn(self, order: Order, deadline: float, gone: threading.Event) -> Iterator[Replies]:
        """Yields what the supervisor says once the turn has come; asks again if it dies before that."""
        while True:
            with self._connect() as connection:
                replies = Replies(connection, gone)
                if _begins(order, connection, replies, deadline):
                    yield replies
                    return
            if time.monotonic() > deadline:
                raise PoolLost("the decoders take no orders")
            time.sleep(_LOOK_S)

    def keep(self) -> None:
        """Starts the supervisor now and again whenever it dies, as long as this process lives."""
        threading.Thread(target=self._keep, name="decoders", daemon=True).start()

    def _keep(self) -> None:
        while True:
            try:
                with self._connect() as connection:
                    connection.recv(1)  # nothing is ever sent; it ends when the supervisor does
            except (PoolLost, OSError) as error:
                logger.warning("decoders cannot be kept: %r", error)
            time.sleep(_PAUSE_S)

    def _connect(self) -> socket.socket:
        address = Address.of(self.folder, self.tasks)
        deadline = time.monotonic() + _START_S
        while True:
            try:
                return address.connect()
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > deadline:
                    raise PoolLost(f"the decoders do not start; see {address.log_file}") from None
            self._start(address)
            time.sleep(_LOOK_S)

    def _start(self, address: Address) -> None:
        """Starts a supervisor unless the last one that we started still runs. It ends itself if another has the lock."""
        with self._lock:
            if self._started and self._started.poll() is None:
                return
            with address.log_file.open("ab") as log:
                self._started = subprocess.Popen(
                    [
                        sys.executable,
                        "-I",
                        "-c",
                        _BOOT,
                        str(PROJECT_ROOT),
                        str(self.folder),
                        address.name,
                        self.tasks,
                    ],
                    cwd="/",
                    # Each further malloc arena and each thread of NumPy's library reserves limited address space.
                    env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                )


@cache
def shared_pool(folder: Path, tasks: str) -> Pool:
    """The one `Pool` of this process for this folder and these tasks."""
    return Pool(folder, tasks)


def _begins(order: Order, connection: socket.socket, replies: Replies, deadline: float) -> bool:
    """Waits for the turn. False if the supervisor has gone. Raises Busy, CallerGone and PoolLost."""
    connection.settimeout(_START_S)  # the order fits into the socket's buffer
    try:
        connection.sendall(order.dump())
        answer = replies.line(deadline)
    except TimeoutError:
        raise Busy from None
    except OSError:
        return False
    if answer == FAILED:
        raise PoolLost("the decoders refused an order")
    return answer == BEGUN
