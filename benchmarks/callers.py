"""Times the API for 32 callers at the same time, compared with comfy-api-proxy in the same run.

Both accept jobs and say how they are. The product stores each job with its credits held before it answers; the proxy
passes it on to its node and stores nothing.
"""

from __future__ import annotations

import copy
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2

from benchmarks.direct import read_graph
from benchmarks.peer import running_peer
from benchmarks.production import Production, submit_one
from benchmarks.rows import Row, compare, percentile

CALLERS = 32
CALLS = 10
"""Of each caller in one run."""
GRAPH = read_graph("trial_steps", 0)


@dataclass
class Caller:
    """One client with its own connection. `last_job`: the id of the job that was accepted last."""

    http: httpx2.Client
    last_job: str = ""

    def submit(self) -> None:
        self.last_job = submit_one(self.http, 0)

    def look(self) -> None:
        self.http.get(f"/jobs/{self.last_job}").raise_for_status()


class CallerOfPeer(Caller):
    def submit(self) -> None:
        graph = copy.deepcopy(GRAPH)
        graph["3"]["inputs"]["nonce"] = random.getrandbits(53)
        graph["9"]["inputs"]["filename_prefix"] = f"peer/{uuid.uuid4()}/out"
        answer = self.http.post("/jobs", json={"workflow": graph}).raise_for_status()
        self.last_job = answer.json()["id"]


@dataclass(frozen=True)
class Run:
    """Milliseconds of each request, and requests a second."""

    times_ms: list[float]
    rate: float


def measure_callers(production: Production, runs: int) -> list[Row]:
    """Rows for accepting a job and for asking how it is, both with all callers at the same time."""
    people = [f"caller{number}@example.org" for number in range(CALLERS)]
    keys = [key for _, key in production.product.make_people(people).values()]
    node = production.nodes[0]
    with running_peer(node.url, node.notes_path.with_name("peer.log")) as peer, ExitStack() as ending:
        enter = ending.enter_context
        ours = [Caller(enter(_client(f"{production.url}/api/v1", {"X-API-Key": key}))) for key in keys]
        theirs = [CallerOfPeer(enter(_client(f"{peer}/api/v2", {}))) for _ in range(CALLERS)]
        production.give_jobs_to([])
        accepted = [(_run(ours, Caller.submit), _run(theirs, CallerOfPeer.submit)) for _ in range(runs)]
        looked = [(_run(ours, Caller.look), _run(theirs, Caller.look)) for _ in range(runs)]
        production.give_jobs_to([each.name for each in production.nodes])
        production.wait_until_done()
    return [*_rows("accept", accepted), *_rows("look", looked)]


def _client(url: str, headers: dict[str, str]) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers=headers, timeout=60, trust_env=False)


def _run(callers: Sequence[Caller], call: Callable[..., None]) -> Run:
    def of_one(caller: Caller) -> list[float]:
        return [_milliseconds(call, caller) for _ in range(CALLS)]

    began = time.perf_counter()
    with ThreadPoolExecutor(len(callers)) as pool:
        times = [each for some in pool.map(of_one, callers) for each in some]
    return Run(times, len(times) / (time.perf_counter() - began))


def _milliseconds(call: Callable[..., None], caller: Caller) -> float:
    began = time.perf_counter()
    call(caller)
    return (time.perf_counter() - began) * 1000


def _rows(name: str, rounds: Sequence[tuple[Run, Run]]) -> Iterator[Row]:
    note = f"{CALLERS} callers × {CALLS} requests"
    for percent in (50, 99):
        ours, theirs = (
            [percentile(run.times_ms, percent) for run in side] for side in zip(*rounds, strict=True)
        )
        yield compare(f"{name}_{CALLERS}_p{percent}_ms", ours, "ms", "comfy-api-proxy", theirs, note)
    rates, bases = ([run.rate for run in side] for side in zip(*rounds, strict=True))
    yield compare(f"{name}_{CALLERS}_per_s", rates, "1/s", "comfy-api-proxy", bases, "one web process")
