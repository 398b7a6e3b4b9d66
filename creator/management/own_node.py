"""A CPU node and a worker for the time of one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from django.core.management.base import CommandError

from creator.embedded import CpuNodeProcess, EmbeddedWorker
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import check_nodes, get_node, set_state, usable_nodes

OWN_NODE = "command-line"
NODE_START_S = 30
NO_NODE = 3
"""Exit status."""


@contextmanager
def missing_nodes() -> Iterator[list[CpuNodeProcess]]:
    """Starts a CPU node if no registered node answers, and stops it after the block.

    Never takes a running server's row.
    """
    check_nodes()
    if usable_nodes().filter(failures=0).exclude(name__startswith=OWN_NODE).exists():
        yield []
        return
    node = CpuNodeProcess(_take_own_name())
    node.start()
    try:
        yield [node]
    finally:
        node.stop()
        set_state(get_node(node.name), NodeState.OFF)


def _take_own_name() -> str:
    """Takes the first unused `command-line-<number>` row: commands that run in parallel have a node each."""
    for number in count(1):
        name = f"{OWN_NODE}-{number}"
        _, made = Node.objects.get_or_create(name=name, defaults={"url": "http://127.0.0.1:9"})
        if made or Node.objects.filter(name=name, state=NodeState.OFF).update(
            state=NodeState.ACTIVE, seen_at=None, abilities_read_at=None
        ):
            return name
    raise AssertionError("count has no end")


@contextmanager
def worker_on(nodes: list[CpuNodeProcess]) -> Iterator[None]:
    """Runs a worker during the block, once the given nodes are ready. At the end it gives up its leases."""
    for node in nodes:
        if not node.ready.wait(NODE_START_S):
            raise CommandError("The CPU node did not start.", returncode=NO_NODE)
    worker = EmbeddedWorker()
    worker.start()
    try:
        yield
    finally:
        worker.stop()
