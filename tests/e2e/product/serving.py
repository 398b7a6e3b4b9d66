"""Runs the real product in a child process: `manage.py serve` with its own folder, database and port."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx2

from tests.plugin import OURS
from tests.services.process import wait_until

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0
"""Only a failing test waits this long."""


class Product:
    """A product with its `url`, `pid` and `data_dir`. `settings` are environment variables.

    It starts `nodes` CPU nodes of its own. `tree` is a checkout with a built `.venv`; None: this one.
    """

    def __init__(self, data_dir: Path, *, nodes: int = 1, tree: Path | None = None, **settings: str) -> None:
        self.data_dir = data_dir
        self.nodes = nodes
        self.tree = tree or ROOT
        self.python = str(tree / ".venv/bin/python") if tree else sys.executable
        self.temporary = data_dir / "tmp"
        self.log = data_dir / "serve.log"
        self.url = ""
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.temporary.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self) -> int:
        assert self._process, "the product is not running"
        return self._process.pid

    def start(self) -> None:
        """Returns when a node can take work, or if it has none, when it answers.

        A second start uses the same port.
        """
        self._bring_database()
        port, nodes = self.url.rpartition(":")[2] or "0", str(self.nodes)
        command = [self.python, "manage.py", "serve", "--port", port, "--nodes", nodes, "--test-nodes"]
        with self.log.open("ab") as log:
            begin = log.tell()
            self._process = subprocess.Popen(
                command,
                cwd=self.tree,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.url = wait_until(lambda: self._address(begin), "the server names no address", PATIENCE_S)
        wait_until(self._is_ready, "no node takes work", PATIENCE_S)

    def stop(self) -> None:
        """Sends SIGTERM. After 20 s it sends SIGKILL and raises TimeoutExpired. The data folder stays."""
        assert self._process, "the product is not running"
        self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()

    def endow(self, email: str) -> None:
        """Gives this user the demo account's plan and credits."""
        words = (
            "import django; django.setup(); from creator.demo import endow; from accounts.models import User; "
            f"endow(User.objects.get(email={email!r}))"
        )
        environ = self.environment() | {"DJANGO_SETTINGS_MODULE": "creator.settings"}
        subprocess.run([self.python, "-c", words], cwd=self.tree, env=environ, check=True)

    def manage(self, *command: str) -> str:
        """Runs `manage.py` with this product's settings and returns what it prints."""
        called = [self.python, "manage.py", *command]
        environ = self.environment()
        return subprocess.run(
            called, cwd=self.tree, env=environ, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Returns the rows that `query` reads from the database."""
        with closing(sqlite3.connect(self.data_dir / "creator.sqlite3", timeout=20)) as database:
            return database.execute(query, values).fetchall()

    def stored(self) -> list[str]:
        """Returns the stored files, once the server has deleted its spooled ones, just after its answer."""
        wait_until(
            lambda: not [*self.data_dir.glob("scratch/*/*"), *self.temporary.iterdir()],
            "spooled files are not deleted",
            PATIENCE_S,
        )
        kept = [path for path in (self.data_dir / "files").rglob("*") if path.is_file()]
        return sorted(str(path.relative_to(self.data_dir)) for path in kept)

    def set_faults(self, **faults: Any) -> None:
        """Sets faults of the node. `reset=True` switches all faults off."""
        ((node,),) = self.rows("SELECT url FROM jobs_node WHERE state = 'active'")
        assert httpx2.post(f"{node}/faults", json=faults, trust_env=False).status_code == 200

    def environment(self) -> dict[str, str]:
        foreign = {name: value for name, value in os.environ.items() if name not in OURS}
        own = {"ENVIRONMENT": "local", "DATA_DIR": str(self.data_dir), "TMPDIR": str(self.temporary)}
        own["TRIES_PER_ADDRESS"] = "1000"  # all people of a test share the address
        return foreign | own | self._settings

    def _bring_database(self) -> None:
        """To migrate a new one takes ten seconds. Another tree may have other migrations, and migrates it itself."""
        database = self.data_dir / "creator.sqlite3"
        if self.tree == ROOT and not database.exists():
            shutil.copy(migrated_database(), database)

    def _address(self, begin: int) -> str:
        said = self.log.read_bytes()[begin:].decode(errors="replace")
        assert self._process, "start() sets it"
        assert self._process.poll() is None, f"the product ended at its start:\n{said[-4000:]}"
        found = re.search(r"Creator is on (http://\S+)", said)
        return found[1] if found else ""

    def _is_ready(self) -> bool:
        try:
            status = httpx2.get(f"{self.url}/ready", trust_env=False).json()["status"]
            return status == "ok" or (status == "degraded" and not self.nodes)
        except httpx2.TransportError:
            return False


@cache
def migrated_database() -> Path:
    """A database with every migration and no rows but theirs. It is deleted with this process."""
    folder = Path(mkdtemp(prefix="creator-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environ = Product(folder).environment()
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environ, check=True)
    return folder / "creator.sqlite3"


@contextmanager
def serving(
    data_dir: Path, *, nodes: int = 1, tree: Path | None = None, **settings: str
) -> Iterator[Product]:
    """Starts a product and stops it at the end of the block."""
    served = Product(data_dir, nodes=nodes, tree=tree, **settings)
    served.start()
    try:
        yield served
    finally:
        served.stop()
