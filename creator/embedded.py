"""CPU nodes as child processes, and worker and beat as threads of this process.

`manage.py serve` and `manage.py process` use it on the `local` profile; elsewhere each part is a process of
its own.
"""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

import structlog
from celery import beat
from celery.worker import WorkController
from django.conf import settings
from django.db import Error, close_old_connections

from creator.backends import QUEUES
from creator.beat import RowScheduler
from creator.celery import app
from creator.lib.child_process import ChildProcess
from jobs.cpu_node.child import READY, SECRET_OPTION, child_command
from jobs.enums import NodeState
from jobs.execution.leases import keeper
from jobs.models import Node
from jobs.nodes import add_node, check_node, secret_of, set_state
from jobs.worker import RESERVED_THREADS, runners, runners_for_slots

log = structlog.get_logger(__name__)
MOST_RUNNERS = 256
"""Bounds the pool, which starts a thread only when all others are busy."""
CONNECTIONS_BESIDE = 5
"""Database connections for pages, the renewal of leases, and the supervision of CPU nodes."""
TIDY_EVERY_S = 3600
FILES_KEPT_S = 24 * 3600


class CpuNodeProcess(ChildProcess):
    """One CPU node as a child process, registered once it is ready."""

    def __init__(self, name: str, *, options: tuple[str, ...] = ()) -> None:
        # A node with faults is for tests, which talk to it themselves: it gets no secret.
        self._has_secret = "--faults" not in options
        super().__init__(name, ready_line=READY, folder=settings.BASE_DIR, has_input=self._has_secret)
        self.options = options
        self.folder: Path = settings.DATA_DIR / "nodes" / name

    def command(self) -> list[str]:
        return child_command(self.folder, *self.options, *((SECRET_OPTION,) if self._has_secret else ()))

    def is_ready_at(self, url: str) -> None:
        """Registers the node, however long the database is away."""
        if self._has_secret:
            self.tell(secret_of(url))
        self.keep_trying(partial(self._register, url), Error)

    def watch(self, process: subprocess.Popen[str]) -> None:
        """Deletes the node's old files, since a node never does.

        Saved results are copied out of it, so a day is enough.
        """
        while True:
            delete_old_files(self.folder, older_than_s=FILES_KEPT_S)
            try:
                process.wait(TIDY_EVERY_S)
                return
            except subprocess.TimeoutExpired:
                continue

    def _register(self, url: str) -> None:
        try:
            check_node(add_node(name=self.name, url=url))
        finally:
            close_old_connections()


class EmbeddedWorker:
    """Celery's worker and beat in threads of this process.

    It runs as many jobs at a time as the registered nodes have slots, also when nodes come and go.
    """

    def __init__(self) -> None:
        runners.most = most_runners
        app.finalize()
        app.loader.import_default_modules()
        self._worker = WorkController(
            app=app,
            pool="threads",
            concurrency=MOST_RUNNERS + RESERVED_THREADS,
            queues=list(QUEUES),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._beat = beat.Service(app, scheduler_cls=RowScheduler, max_interval=1)

    def start(self) -> None:
        threading.Thread(target=self._worker.start, name="worker", daemon=True).start()
        threading.Thread(
            target=lambda: self._beat.start(embedded_process=True), name="beat", daemon=True
        ).start()

    def stop(self) -> None:
        """Stops claiming and gives up the leases, so that the next worker adopts the jobs at once."""
        keeper.stop()
        self._beat.stop()
        with suppress(SystemExit):
            self._worker.stop()


def most_runners() -> int:
    """How many jobs this process runs at a time: as many as the nodes have slots, within its bounds.

    With PostgreSQL each of them needs a connection of DATABASE_POOL. SQLite has no such bound.
    """
    bound = MOST_RUNNERS
    if settings.CONFIG.database_url:
        bound = max(1, settings.CONFIG.database_pool - RESERVED_THREADS - CONNECTIONS_BESIDE)
    wanted = runners_for_slots()
    if wanted > bound:
        _tell_of_empty_slots(wanted, bound)
    return min(wanted, bound)


@lru_cache  # once for each pair of numbers
def _tell_of_empty_slots(wanted: int, runners: int) -> None:
    log.warning("slots_left_empty", wanted=wanted, runners=runners)


def delete_old_files(folder: Path, *, older_than_s: float) -> None:
    """Deletes files below `folder` last written more than `older_than_s` seconds ago; leaves folders."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and time.time() - path.stat().st_mtime > older_than_s:
                path.unlink()


def start_nodes(count: int, *, options: tuple[str, ...] = ()) -> list[CpuNodeProcess]:
    """Starts CPU nodes `cpu-1` to `cpu-<count>`, and sets the rows of all other embedded nodes to OFF."""
    names = [f"cpu-{number}" for number in range(1, count + 1)]
    for row in Node.objects.filter(name__regex=r"^cpu-\d+$").exclude(name__in=names):
        set_state(row, NodeState.OFF)
    nodes = [CpuNodeProcess(name, options=options) for name in names]
    for node in nodes:
        node.start()
    return nodes
