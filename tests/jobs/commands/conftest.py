import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE = 120  # seconds; only a failing test waits this long


@dataclass
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str

    def objects(self):
        """Return the objects that `--json` printed, one per line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Home:
    """A separate DATA_DIR, and commands that run in it."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *words, **environ):
        command = [sys.executable, "manage.py", *map(str, words)]
        env = os.environ | {"DATA_DIR": str(self.folder), "CONNECT_TIMEOUT_SECONDS": "2"} | environ
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE)
        return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def home_with_node(home, cpu_node):
    """A home with the shared CPU node registered, so no command has to start a node."""
    assert home.run("migrate", "-v0").status == 0
    added = home.run("nodes", "add", cpu_node, "--name", "shared")
    assert (added.status, added.out) == (0, "shared is registered and works.\n"), added.err
    return home
