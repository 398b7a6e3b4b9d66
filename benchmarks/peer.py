"""The peer: comfy-api-proxy in front of one node.

The client posts a job, polls it until it ends and fetches the result, as the peer's API prescribes. Several jobs
are open at a time, so that the node's queue is as full as with the product and the direct client.
"""

from __future__ import annotations

import copy
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.direct import Graph
from benchmarks.processes import wait_until_healthy
from tests.services.process import free_port

POLL_S = 0.02
OVER = ("succeeded", "failed", "canceled")
"""Without "expired", which the peer also reports for a job that ends between its two requests to the node."""


@contextmanager
def running_peer(node_url: str, log: Path) -> Iterator[str]:
    """Runs a comfy-api-proxy for that node during the block. Yields its address."""
    port = str(free_port())
    program = str(Path(sys.executable).parent / "comfy-api-proxy")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [program, "run", "--comfyui", node_url, "--port", port], stdout=output, stderr=output
        )
    try:
        yield wait_until_healthy(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def run_by_peer(url: str, graph: Graph, *, count: int, depth: int) -> None:
    """Runs `count` jobs, `depth` of them at a time, and fetches the result of each."""
    with (
        httpx2.Client(base_url=f"{url}/api/v2", timeout=30, trust_env=False) as http,
        ThreadPoolExecutor(depth) as pool,
    ):
        for done in [pool.submit(_run_one, http, graph) for _ in range(count)]:
            done.result()


def _run_one(http: httpx2.Client, graph: Graph) -> bytes:
    workflow = copy.deepcopy(graph)
    workflow["3"]["inputs"]["nonce"] = random.getrandbits(53)
    workflow["9"]["inputs"]["filename_prefix"] = f"peer/{uuid.uuid4()}/out"
    job = http.post("/jobs", json={"workflow": workflow}).raise_for_status().json()
    while job["status"] not in OVER:
        time.sleep(POLL_S)
        job = http.get(f"/jobs/{job['id']}").raise_for_status().json()
    if job["status"] != "succeeded":
        raise RuntimeError(f"comfy-api-proxy: {job}")
    return http.get(job["outputs"][0]["url"]).raise_for_status().content
