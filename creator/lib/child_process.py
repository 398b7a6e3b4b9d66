"""A part of the product as a child process: restarted if it dies, ended by `stop`."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
RESTART_PAUSE_S = 1.0


class ChildProcess:
    """Runs a command that prints a line with its address once it is ready.

    A subclass says what follows: `is_ready_at`, and `watch` until the process has ended.
    """

    def __init__(self, name: str, *, ready_line: str, folder: Path, has_input: bool) -> None:
        self.name = name
        self.ready = threading.Event()
        self.stopping = threading.Event()
        self._ready_line = ready_line
        self._folder = folder
        self._has_input = has_input
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._supervise, name=f"child-{name}", daemon=True)

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready_at(self, url: str) -> None:
        """Called in the child's thread each time it is ready, before `ready` is set."""

    def watch(self, process: subprocess.Popen[str]) -> None:
        """Returns once the process has ended."""
        process.wait()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the child at once."""
        self.stopping.set()
        if self._process is not None:
            self._process.kill()
        self._thread.join(5)

    def tell(self, line: str) -> None:
        """Writes a line to the child's standard input."""
        assert self._process is not None  # it runs: it has just told its address
        assert self._process.stdin is not None  # asked for by has_input
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def keep_trying(self, work: Callable[[], object], *errors: type[Exception]) -> None:
        """Repeats work that fails with such errors until it succeeds or the child is to stop."""
        while not self.stopping.is_set():
            try:
                work()
            except errors as error:
                log.warning("child_not_ready", child=self.name, reason=str(error))
                self.stopping.wait(RESTART_PAUSE_S)
            else:
                return

    def _supervise(self) -> None:
        while not self.stopping.is_set():
            with self._spawn() as process:
                self._process = process
                self._wait_until_ready(process)
                self.watch(process)
            self.ready.clear()
            if not self.stopping.wait(RESTART_PAUSE_S):
                log.warning("child_restarts", child=self.name)

    def _spawn(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(),
            cwd=self._folder,
            stdin=subprocess.PIPE if self._has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,  # Ctrl+C in a terminal reaches only this process, which then ends the child
        )

    def _wait_until_ready(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None  # asked for in _spawn
        for line in process.stdout:
            if line.startswith(self._ready_line):
                self.is_ready_at(line.removeprefix(self._ready_line).strip())
                if not self.stopping.is_set():
                    self.ready.set()
                return
