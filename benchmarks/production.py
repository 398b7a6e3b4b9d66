"""The production profile for benchmarks: the running product with nodes on which jobs only wait.

Jobs are submitted over the API. The state in the nodes' rows selects which nodes get jobs, as with `manage.py
nodes`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from benchmarks.far import Far
from benchmarks.node import read_notes
from benchmarks.processes import ROOT, Process, start_node
from benchmarks.product import Product

PRESETS = ("trial_steps", "trial_colour")
RTT_S = 0.05
PEOPLE = [f"person{number}@example.org" for number in range(4)]
POSTERS = 2
LOOK_S = 0.1
DEADLINE_S = 300
LEASE_S = 15.0


@dataclass
class WaitingNode:
    """A CPU node whose jobs only wait, and its notes of them."""

    name: str
    process: Process
    url: str
    notes_path: Path

    def notes(self) -> list[dict[str, Any]]:
        return read_notes(self.notes_path)


class PlainProduct(Product):
    """The product without proxies for faults, and with the default leases."""

    @property
    def environ(self) -> dict[str, str]:
        return {
            **super().environ,
            "S3_ENDPOINT_URL": self.stack.s3.url,
            "LEASE_RENEW_SECONDS": "5",
            "LOG_LEVEL": "WARNING",
        }

    def register(self, name: str, url: str) -> None:
        """Adds a node with the management command."""
        self._manage("nodes", "add", url, "--name", name)

    def sign_in(self, email: str) -> str:
        """A session cookie of this user, for sockets."""
        command = [sys.executable, "-m", "benchmarks.session", email]
        environ = {**os.environ, **self.environ}
        made = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
        return made.stdout.splitlines()[-1]


@dataclass
class Production:
    """The running product, its waiting nodes, and the clients.

    `far`: the first node with a round trip of RTT_S.
    """

    product: PlainProduct
    nodes: list[WaitingNode]
    far: Far
    clients: list[httpx2.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.product.url

    def give_jobs_to(self, names: Sequence[str]) -> None:
        """From now on only these nodes get jobs."""
        state = "UPDATE jobs_node SET state = CASE WHEN name = ANY(%s) THEN 'active' ELSE 'draining' END"
        with psycopg.connect(self.product.stack.postgres.url, autocommit=True) as connection:
            connection.execute(state, [list(names)])

    def submit(self, seconds: Sequence[float]) -> set[str]:
        """Submits one job for each wait over the API, several at a time, as several users.

        Returns the job ids.
        """
        clients = itertools.cycle(self.clients)
        with ThreadPoolExecutor(POSTERS) as pool:
            return set(pool.map(submit_one, clients, seconds))

    def wait_until_done(self) -> None:
        """Waits until no job is open. Polls rarely, because polling slows what is measured."""
        deadline = time.monotonic() + DEADLINE_S
        with psycopg.connect(self.product.stack.postgres.url, autocommit=True) as connection:
            while connection.execute("SELECT 1 FROM jobs_job WHERE finished_at IS NULL LIMIT 1").fetchone():
                if time.monotonic() > deadline:
                    raise RuntimeError("some jobs did not end in time")
                time.sleep(LOOK_S)

    def read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.product.stack.postgres.url, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()


def submit_one(client: httpx2.Client, seconds: float) -> str:
    """Submits a job and returns its id. Raises AssertionError unless it was accepted."""
    body = {"preset": "trial_steps", "parameters": {"seconds": seconds}}
    answer = client.post("/jobs", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert answer.status_code == 202, f"{answer.status_code}: {answer.text[:300]}"
    return str(answer.json()["job_id"])


@contextmanager
def running_production(folder: Path, *, nodes: int = 4, workers: int = 2) -> Iterator[Production]:
    """Starts the product on empty servers; ends everything after the block.

    Logs go to `folder`, which must not exist yet.
    """
    product = PlainProduct(folder, lease_s=LEASE_S, nodes=0, workers=workers, presets=PRESETS)
    with ExitStack() as ending:
        ending.callback(product.close)
        product.start()
        waiting = []
        for number in range(nodes):
            waiting.append(_start_waiting(folder, f"node-{number}"))
            ending.callback(waiting[-1].process.kill_all)
        far = Far(waiting[0].url, rtt_s=RTT_S)
        ending.callback(far.close)
        for node in waiting:
            product.register(node.name, node.url)
        product.register("far", far.url)
        clients = [
            ending.enter_context(
                httpx2.Client(
                    base_url=f"{product.url}/api/v1", headers={"X-API-Key": key}, timeout=60, trust_env=False
                )
            )
            for _, key in product.make_people(PEOPLE).values()
        ]
        yield Production(product, waiting, far, clients)


def _start_waiting(folder: Path, name: str) -> WaitingNode:
    place = folder / "nodes" / name
    process, url = start_node(place, "--threads", "1")
    return WaitingNode(name, process, url, place / "prompts.jsonl")


def new_folder(kind: str) -> Path:
    """A new path under `var` for one run."""
    return ROOT / "var" / kind / uuid.uuid4().hex[:8]


@contextmanager
def scratch_folder(kind: str) -> Iterator[Path]:
    """A new path under `var`, which is removed after the block, however it ends."""
    folder = new_folder(kind)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
