"""Brings a node's output to this machine and has children work on it. The worker itself never opens a picture."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from creator.lib.scratch import scratch_folder
from jobs.comfy import NodeBusyOrBroken, NodeTimeout, NodeUnreachable, OutputFile
from jobs.decoders import Busy, Ending
from jobs.execution.leases import Lease
from jobs.execution.retrying import with_retries
from jobs.nodes import NodeLink
from jobs.results.making import Run
from jobs.results.pool import result_decoders

AWAY = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken)
TURN_S = 5.0
"""So long a child's turn is waited for before the lease is looked at again."""
OUTPUT, PHOTO = "output", "photo.png"
"""Names in a working folder."""


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for the files of one job while children work on them."""
    with tempfile.TemporaryDirectory(prefix="result-", dir=scratch_folder()) as folder:
        yield Path(folder)


def fetch_output(lease: Lease, link: NodeLink, file: OutputFile, into: Path) -> None:
    """Fetches a file from the node as `save_result` does."""

    def fetch() -> None:
        with into.open("wb") as target:
            link.client.fetch_to(file, target)

    with_retries(lease, fetch, AWAY, within_s=settings.CONFIG.node_file_seconds)


def copy_file(file: BinaryIO, into: Path) -> None:
    with into.open("wb") as copy:
        shutil.copyfileobj(file, copy)


def child_of(lease: Lease) -> Run:
    """Returns what runs a task in a child of the results' decoders, as soon as there is a turn.

    It raises LeaseLost while it waits.
    """

    def run(task: str, arguments: Sequence[str], folder: Path) -> Ending:
        order = partial(result_decoders().run, task, arguments, folder=folder, wait_s=TURN_S)
        while True:
            lease.check()
            with suppress(Busy):
                return order(person=f"job {lease.claim.job_id}")

    return run
