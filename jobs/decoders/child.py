"""A child of the supervisor: forked for one task, without anything of its parent's but the loaded modules."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from jobs.decoders.messages import Ending
from jobs.decoders.patience import seconds_allowed

Task = Callable[[list[str]], None]
STDERR = "stderr.txt"
_SET_PDEATHSIG = 1
_OWN_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """A running child. `ending` waits for it; however that is left, the child and what it started are gone."""

    def __init__(self, task: Task, arguments: Sequence[str], folder: Path) -> None:
        self._begun = time.monotonic()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _become(task, list(arguments), folder, parent)

    async def ending(self) -> Ending:
        """Waits for the child's end, and ends it when its time is up."""
        in_time = False
        try:
            in_time = await self._ends_in_time()
        finally:
            status, usage = self._reap()
        return Ending(
            status=status,
            took_too_long=not in_time or status == -signal.SIGXCPU,
            seconds=time.monotonic() - self._begun,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_bytes=usage.ru_maxrss * 1024,
        )

    async def _ends_in_time(self) -> bool:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        descriptor = os.pidfd_open(self.pid)
        loop.add_reader(descriptor, ended.set)
        try:
            while not ended.is_set():
                left = self._begun + seconds_allowed(self.pid) - time.monotonic()
                if left <= 0:
                    return False
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), left)
            return True
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    def _reap(self) -> tuple[int, resource.struct_rusage]:
        """Kills the child's session while its id is not free yet, then takes its status."""
        os.kill(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self.pid, 0)
        return os.waitstatus_to_exitcode(status), usage


def _become(task: Task, arguments: list[str], folder: Path, parent: int) -> None:
    """Runs in the child and never returns. Exit status 1: the task raised, and stderr.txt says what."""
    status = 1
    try:
        _let_go_of(parent)
        _sit_in(folder)
        task(arguments)
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of the parent's code may run in the child
        traceback.print_exc()
    finally:
        os._exit(status)


def _let_go_of(parent: int) -> None:
    os.setsid()
    _libc.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before it could take us along
    signal.set_wakeup_fd(-1)
    for each in _OWN_SIGNALS:
        signal.signal(each, signal.SIG_DFL)


def _sit_in(folder: Path) -> None:
    """Leaves the standard streams only, bound to nothing and to stderr.txt."""
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    errors = os.open(STDERR, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for descriptor, target in ((nothing, 0), (nothing, 1), (errors, 2)):
        os.dup2(descriptor, target)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
