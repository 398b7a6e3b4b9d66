"""Builds a node from its parts."""

import threading
from dataclasses import dataclass
from pathlib import Path

from jobs.cpu_node.cache import Cache
from jobs.cpu_node.execution import Executor, work
from jobs.cpu_node.faults import Faults
from jobs.cpu_node.files import Files
from jobs.cpu_node.guests import Guests
from jobs.cpu_node.nodes import Registry, build_registry
from jobs.cpu_node.prompts import Prompts
from jobs.cpu_node.sockets import Sockets

MAX_UPLOAD = 100 * 2**20


@dataclass
class Node:
    """The parts of one running node, as the routes use them."""

    registry: Registry
    files: Files
    faults: Faults
    prompts: Prompts
    sockets: Sockets
    executor: Executor
    faults_allowed: bool
    max_upload: int
    """The largest body of a request, in bytes."""
    argv: list[str]
    guests: Guests

    def start_worker(self) -> None:
        threading.Thread(
            target=work,
            args=(self.prompts, self.executor, self.faults),
            name="worker",
            daemon=True,
        ).start()


def build_node(
    data_dir: Path,
    *,
    test_nodes: bool = False,
    faults_allowed: bool = False,
    cache_bytes: int = 512 * 2**20,
    max_upload: int = MAX_UPLOAD,
    argv: list[str] | None = None,
    guests: Guests | None = None,
) -> Node:
    """A node with its folders below `data_dir`. Its worker thread has not started."""
    faults = Faults()
    files = Files(data_dir, faults)
    registry = build_registry(test_nodes=test_nodes)
    prompts = Prompts(lambda: sockets.broadcast_status())
    sockets = Sockets(faults, prompts.remaining)
    executor = Executor(registry, files, sockets, Cache(cache_bytes), faults)
    return Node(
        registry,
        files,
        faults,
        prompts,
        sockets,
        executor,
        faults_allowed,
        max_upload,
        argv or [],
        guests or Guests(),
    )
