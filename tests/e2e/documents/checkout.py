"""A clean checkout in which a test runs commands as a reader of the docs types them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.plugin import OURS, SERVERS
from tests.services.process import free_port, wait_until

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0
"""Only a failing test waits this long."""

GO_ON = {
    "make run": "Ctrl+C ends it.",
    "make services": "Servers are on.",
    "manage.py web": "Web is on",
    "manage.py worker": "Worker is on",
    "manage.py beat": "Beat is on",
    "manage.py cpu_node": "CPU node ready on",
}
"""Commands that go on until they are stopped, and what each prints when it is ready."""


PORT = re.compile(r"(--port |127\.0\.0\.1:|PORT=)(\d{4})\b")


class Checkout:
    """The tracked files in a folder of their own, with this environment's `.venv`.

    Runs commands with bash, one after the other, in one environment. Port numbers in commands stand for free
    ones: `port(8000)` is the port that a command with 8000 uses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if name not in {*OURS, *SERVERS, "ENVIRONMENT", "DATA_DIR", "SERVICES"}
        }
        self.stands_for: dict[str, str] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._ports: dict[str, int] = {}
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)  # keeps its time, which make compares
        (folder / ".venv").symlink_to(sys.prefix)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        self.environ["PORT"] = str(self.port(8000))

    def port(self, number: int) -> int:
        return self._ports.setdefault(str(number), free_port())

    def run(self, command: str) -> str:
        """Runs the command and returns what it printed, or starts it and waits until it is ready.

        Raises AssertionError, with the output, if it fails.
        """
        for written, meant in self.stands_for.items():
            command = command.replace(written, meant)
        command = PORT.sub(lambda found: found[1] + str(self.port(int(found[2]))), command)
        ready = next((said for words, said in GO_ON.items() if words in command), "")
        return self._begin(command, ready) if ready else self._finish(command)

    def close(self) -> None:
        """Stops what goes on, the newest first."""
        for process in reversed(self.running.values()):
            _interrupt(process)

    def _finish(self, command: str) -> str:
        """Keeps the variables that the command sets, as a terminal does."""
        kept = self.folder / ".environ"
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{command}\nenv -0 > {kept}"],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        pairs = (each.partition("=") for each in kept.read_text().split("\0") if "=" in each)
        self.environ = {name: value for name, _, value in pairs}
        return done.stdout

    def _begin(self, command: str, ready: str) -> str:
        """Ends an earlier run of the same command first: both would use its data."""
        if earlier := self.running.pop(ready, None):
            _interrupt(earlier)
        log = self.folder / f"var/{time.monotonic_ns()}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environ | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.running[ready] = process

        def text_once_ready() -> str:
            is_over = process.poll() is not None
            said = log.read_text(errors="replace")
            assert ready in said or not is_over, f"{command} ended\n{said[-4000:]}"
            return said if ready in said else ""

        return wait_until(text_once_ready, f"{command} is not ready, see {log},", PATIENCE_S)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ctrl+C in the process's terminal."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
