"""Starts, waits for, kills and pauses processes of the product and its helpers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx2

from tests.services.process import free_port

ROOT = Path(__file__).resolve().parent.parent
START_S = 120
LOOK_S = 0.02


class Process:
    """A child process in its own session. Its output is appended to `log`."""

    def __init__(
        self, module: Sequence[str], *, log: Path, ready: str, environ: Mapping[str, str] | None = None
    ) -> None:
        """`module`: arguments of `python`; `ready`: the start of the line that it prints when it is ready."""
        self.command = [sys.executable, *module]
        self.log, self.ready = log, ready
        self.environ = {**os.environ, "PYTHONUNBUFFERED": "1", **(environ or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Starts the process and returns the text after `ready` on that line.

        Raises RuntimeError if it ends before.
        """
        start = self.log.stat().st_size if self.log.exists() else 0
        self.spawn()
        return self.wait_until_ready(start)

    def spawn(self) -> None:
        """Starts the process without waiting until it is ready."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, start: int = 0) -> str:
        """Waits for the line and returns the text after `ready`. Searches the log from byte `start`."""
        assert self._process is not None
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in self.log.read_bytes()[start:].decode(errors="replace").splitlines(keepends=True):
                if line.strip().startswith(self.ready) and line.endswith("\n"):
                    return line.strip().removeprefix(self.ready).strip()
            time.sleep(LOOK_S)
        self.kill()
        raise RuntimeError(f"{self.command[1:]} did not start, see {self.log}")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Sends SIGKILL to this process only, not to its children."""
        self._end(signal.SIGKILL)

    def kill_all(self) -> None:
        """Sends SIGKILL to the process and its children."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Sends SIGINT, as Ctrl+C does."""
        self._end(signal.SIGINT)

    def terminate(self, patience_s: float = 30.0) -> int:
        """Sends SIGTERM, as service managers do, and returns the exit status.

        Raises TimeoutExpired after `patience_s`.
        """
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(patience_s)

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def wait_until_healthy(url: str) -> str:
    """Waits until the site answers; returns its address.

    The port is bound before the server handles requests.
    """
    while True:
        try:
            httpx2.get(f"{url}/health", timeout=5, trust_env=False)
            return url
        except httpx2.TransportError:
            time.sleep(LOOK_S)


def manage(*arguments: str, data_dir: Path, environ: Mapping[str, str] | None = None) -> str:
    """Runs a management command on the product's data and returns what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    settings = {**os.environ, **(environ or {}), "DATA_DIR": str(data_dir)}
    answer = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)}: {answer.stderr[-2000:]}")
    return answer.stdout


def count_drift(environ: Mapping[str, str]) -> int:
    """How many differences the product's `ledger_audit` command finds. `environ`: with the folder and the database."""
    command = [sys.executable, "manage.py", "ledger_audit", "--json"]
    answer = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True)
    return len(json.loads(answer.stdout.splitlines()[-1])["drift"])


def start_node(folder: Path, *options: str) -> tuple[Process, str]:
    """Starts a CPU node with test classes that records its prompts in `folder`/prompts.jsonl.

    Returns it with its address.

    A restarted node has the same port.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = str(free_port())
    module = ["-m", "benchmarks.node", "--notes", str(folder / "prompts.jsonl"), "--data-dir", str(folder)]
    node = Process(
        [*module, "--test-nodes", "--port", port, *options],
        log=folder / "node.log",
        ready="CPU node ready on",
    )
    return node, node.start()


def serve(data_dir: Path, *, nodes: int, environ: Mapping[str, str], mutant: str | None = None) -> Process:
    """The whole product on a free port. `mutant`: name of the safeguard to remove (`benchmarks.mutants`)."""
    program = ["-m", "benchmarks.mutants", mutant] if mutant else ["manage.py"]
    options = ["serve", "--port", "0", "--nodes", str(nodes), *(["--test-nodes"] if nodes else [])]
    settings = {**environ, "DATA_DIR": str(data_dir), "LOG_LEVEL": "INFO", "EMAIL_URL": "dummymail://"}
    return Process([*program, *options], log=data_dir / "serve.log", ready="Creator is on", environ=settings)
