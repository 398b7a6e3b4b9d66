"""The product as in production, with its own servers: web, workers, beat and nodes as separate processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx2

from benchmarks.processes import ROOT, Process, count_drift, manage, start_node, wait_until_healthy
from benchmarks.proxy import Proxy
from tests.services import Stack
from tests.services.process import free_port

PRESETS = ("trial_colour", "trial_memory", "trial_invert")
PLAN, CREDITS = "studio", 10_000


class NodeBox:
    """A CPU node with fault injection, behind a proxy that can cut it off."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.process, self.url = start_node(folder, "--faults", "--threads", "1")
        self.proxy = Proxy(self.url)

    def set_faults(self, **faults: object) -> None:
        """Does nothing while the node is restarting."""
        try:
            httpx2.post(f"{self.url}/faults", json=faults, timeout=5, trust_env=False)
        except httpx2.TransportError:
            return

    def restart(self) -> None:
        self.process.kill()
        self.process.spawn()

    def close(self) -> None:
        self.process.kill_all()
        self.proxy.close()


class Product:
    """All parts of one installation. Logs and notes go to `folder`; `close` ends all processes."""

    def __init__(
        self,
        folder: Path,
        *,
        lease_s: float,
        nodes: int = 3,
        workers: int = 2,
        mutant: str | None = None,
        presets: Sequence[str] = PRESETS,
    ) -> None:
        self.folder, self.lease_s, self.mutant, self.presets = folder, lease_s, mutant, presets
        self.nodes: list[NodeBox] = []
        self.workers: list[Process] = []
        self.web: Process | None = None
        self.beat: Process | None = None
        folder.mkdir(parents=True)
        self.stack = Stack()
        self.storage: Proxy | None = None
        self.url = f"http://127.0.0.1:{free_port()}"
        self._counts = (nodes, workers)

    def start(self) -> None:
        """Starts servers, then nodes, rows and processes.

        If it raises, `close` ends the parts that were started.
        """
        self.stack.start()
        self.storage = Proxy(self.stack.s3.url)
        nodes, workers = self._counts
        for number in range(nodes):
            self.nodes.append(NodeBox(f"node-{number}", self.folder / "nodes" / f"node-{number}"))
        self._furnish()
        self.web = self._role("web", "Web is on", "--port", self.url.rpartition(":")[2])
        self.beat = self._role("beat", "Beat is on")
        self.workers = [self._role("worker", "Worker is on", name=f"worker-{n}") for n in range(workers)]
        for process in self._processes():
            process.spawn()
        wait_until_healthy(self.url)
        for process in self.workers:
            process.wait_until_ready()

    def close(self) -> None:
        """Kills all processes; goes on if one of them raises."""
        with ExitStack() as ending:
            ending.callback(self.stack.close)
            if self.storage is not None:
                ending.callback(self.storage.close)
            for node in self.nodes:
                ending.callback(node.close)
            for process in self._processes():
                ending.callback(process.kill_all)

    @property
    def environ(self) -> dict[str, str]:
        assert self.storage is not None
        return {
            **self.stack.environ,
            "S3_ENDPOINT_URL": self.storage.url,
            "ENVIRONMENT": "production",
            "HTTPS": "false",
            "SECRET_KEY": "for-trials-only-" * 4,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DATA_DIR": str(self.folder),
            "INSTANCE": "trial",
            "LEASE_SECONDS": str(self.lease_s),
            "LEASE_RENEW_SECONDS": "1",
            "LOG_LEVEL": "INFO",
            "EMAIL_URL": "dummymail://",
            # Benchmarks open the sockets of a whole crowd as one person from one address.
            "MAX_SOCKETS_PER_PERSON": "1000",
            "MAX_CONNECTIONS_PER_ADDRESS": "1000",
        }

    def make_people(self, emails: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Makes users with credits on the largest plan. Returns e-mail → user id and API key."""
        command = [sys.executable, "-m", "benchmarks.people", PLAN, str(CREDITS), *emails]
        environ = {**os.environ, **self.environ, "LOG_LEVEL": "ERROR"}
        made = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
        people: dict[str, tuple[str, str]] = json.loads(made.stdout.splitlines()[-1])
        return people

    def call(self, module: str, **asked: object) -> str:
        """Runs a script of ours on the product's data; returns the last line that it prints."""
        command = [sys.executable, "-m", f"benchmarks.{module}", json.dumps(asked)]
        environ = {**os.environ, **self.environ, "LOG_LEVEL": "ERROR"}
        made = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(f"{module}: {made.stderr[-2000:]}")
        return made.stdout.splitlines()[-1]

    def audit(self) -> int:
        """How many differences of the ledger there are."""
        return count_drift(self.environ)

    def read_logs(self) -> dict[str, list[dict]]:
        """Process → its log entries in order, without lines that are not JSON."""
        return {path.stem: list(_entries(path)) for path in self.folder.glob("*.log")}

    def revive(self) -> int:
        """Restarts processes that ended by themselves, as a supervisor does. Returns how many."""
        dead = [process for process in self._processes() if not process.is_running]
        for process in dead:
            process.spawn()
        return len(dead)

    def _processes(self) -> list[Process]:
        return [process for process in (self.web, self.beat, *self.workers) if process is not None]

    def _manage(self, *arguments: str) -> str:
        return manage(*arguments, data_dir=self.folder, environ=self.environ)

    def _furnish(self) -> None:
        nodes = {node.name: node.proxy.url for node in self.nodes}
        asked = json.dumps({"presets": list(self.presets), "nodes": nodes})
        command = [sys.executable, "-m", "benchmarks.furnish", asked]
        environ = {**os.environ, **self.environ, "LOG_LEVEL": "ERROR"}
        subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)

    def _role(self, role: str, ready: str, *options: str, name: str = "") -> Process:
        """Applies the mutant only to workers, because only they write as holders."""
        mutated = self.mutant if role == "worker" else None
        program = ["-m", "benchmarks.mutants", mutated] if mutated else ["manage.py"]
        log = self.folder / f"{name or role}.log"
        return Process([*program, role, *options], log=log, ready=ready, environ=self.environ)


def _entries(path: Path):  # type: ignore[no-untyped-def]  # an iterator of what JSON gives
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("{") and line.endswith("}"):
            try:
                yield json.loads(line)
            except ValueError:  # two processes' lines in one, after a kill in the middle of a line
                continue


def end_on_signals() -> None:
    """Makes SIGTERM end a run as Ctrl+C does, so that no child process is left."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
