"""The supervisor's process: takes orders from a Unix socket and forks a child for each, in a fair order.

It is single-threaded, so it may fork; it holds no secret, and imports once what its children need. It ends
some seconds after its last user has gone.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import resource
import signal
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from jobs.decoders.address import Address
from jobs.decoders.child import Child, Task
from jobs.decoders.messages import BEGUN, FAILED, LONGEST_LINE, Ending, Order
from jobs.decoders.turns import Turns

logger = logging.getLogger(__name__)
LINGER_S = 5.0
_LEAST_SLOTS = 2
"""Also on one processor, so that one bad file leaves others a slot."""
_PEER = struct.Struct("3i")
"""pid, uid and gid of a socket's other end (unix(7), SO_PEERCRED)."""


class Supervisor:
    """Serves connections; `unused` is set when none has been open for LINGER_S."""

    def __init__(self, tasks: Mapping[str, Task], slots: int) -> None:
        self.unused = asyncio.Event()
        self._tasks = tasks
        self._turns = Turns(slots)
        self._children: set[int] = set()
        self._users = 0
        self._linger: asyncio.TimerHandle | None = None
        self._expect_users()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection: an order, or a user that only wants the supervisor to live."""
        self._users += 1
        self._expect_users()
        try:
            line = b"" if self._is_a_child(writer) else await reader.readline()
            if line:
                await self._serve(Order.load(line), reader, writer)
        except Exception:
            logger.exception("an order failed")
            writer.write(FAILED)
        finally:
            writer.close()
            self._users -= 1
            self._expect_users()

    def _expect_users(self) -> None:
        if self._linger:
            self._linger.cancel()
        self._linger = None
        if not self._users:
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self.unused.set)

    def _is_a_child(self, writer: asyncio.StreamWriter) -> bool:
        """A decoder that a file has taken over must not give orders."""
        sock = writer.get_extra_info("socket")
        pid, _, _ = _PEER.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        try:
            return pid in self._children or os.getsid(pid) in self._children
        except ProcessLookupError:
            return True

    async def _serve(self, order: Order, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries the order out, unless the user goes away before its end."""
        work = asyncio.ensure_future(self._carry_out(order, writer))
        gone = asyncio.ensure_future(reader.read(1))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    async def _carry_out(self, order: Order, writer: asyncio.StreamWriter) -> None:
        task = self._tasks[order.task]
        async with self._turns.of(order.person):
            writer.write(BEGUN)
            ending = await self._run(task, order)
        writer.write(ending.dump())
        await writer.drain()

    async def _run(self, task: Task, order: Order) -> Ending:
        child = Child(task, order.arguments, Path(order.folder))
        self._children.add(child.pid)
        try:
            return await child.ending()
        finally:
            self._children.discard(child.pid)


def main(arguments: list[str]) -> None:
    """Runs until unused; `arguments` are [folder, name, tasks] (see `Address`). Ends at once if another runs."""
    folder, name, tasks = arguments
    address = Address(Path(folder), name)
    lock = address.take_lock()
    if lock is None:
        return
    os.umask(0o077)
    os.ftruncate(2, 0)
    listener = address.listen()  # before the imports: users may connect and wait
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    table: Mapping[str, Task] = importlib.import_module(tasks).TASKS
    gc.freeze()  # keeps the collector from copying the pages that children share
    try:
        asyncio.run(_serve(listener, table))
    finally:
        address.remove()
        lock.close()


async def _serve(listener: socket.socket, tasks: Mapping[str, Task]) -> None:
    supervisor = Supervisor(tasks, slots=max(_LEAST_SLOTS, os.cpu_count() or 1))
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, supervisor.unused.set)
    async with await asyncio.start_unix_server(supervisor.meet, sock=listener, limit=LONGEST_LINE):
        await supervisor.unused.wait()
