"""Latency of events from node to browser, compared with the node's own socket; time to accept a job."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping

from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks.direct import DirectClient, read_graph
from benchmarks.production import Production, submit_one
from benchmarks.rows import Row, compare, percentile

WAIT_S = 0.4
MOMENTS = ("started", "ended", "completed")


def measure_latency(production: Production, cookie: str, *, count: int) -> list[Row]:
    """Milliseconds from a prompt's start and end on the node to the messages about them on `/ws/jobs/<id>`."""
    production.give_jobs_to([production.nodes[0].name])
    told: dict[str, list[float]] = {moment: [] for moment in MOMENTS}
    own: dict[str, list[float]] = {moment: [] for moment in MOMENTS[:2]}
    for _ in range(count):
        for moment, late in _watch_job(production, cookie).items():
            told[moment].append(late)
        for moment, late in _listen_directly(production).items():
            own[moment].append(late)
    return _rows(told, own, count)


def _rows(told: Mapping[str, list[float]], own: Mapping[str, list[float]], count: int) -> list[Row]:
    rows = []
    for percent in (50, 95):
        for moment, direct in own.items():
            name = f"node_to_browser_{moment}_p{percent}_ms"
            values, bases = [percentile(told[moment], percent)], [percentile(direct, percent)]
            rows.append(compare(name, values, "ms", "the node's own socket", bases, f"{count} jobs"))
        done = round(percentile(told["completed"], percent), 1)
        rows.append(
            Row(f"node_end_to_stored_p{percent}_ms", done, "ms", note="three files stored, credits settled")
        )
    return rows


def _watch_job(production: Production, cookie: str) -> dict[str, float]:
    """Watches a job that waits behind another one, so that the socket is open well before the job starts."""
    client, node = production.clients[0], production.nodes[0]
    submit_one(client, WAIT_S)
    job_id = submit_one(client, WAIT_S)
    address = f"ws{production.url.removeprefix('http')}/ws/jobs/{job_id}"
    came: dict[str, float] = {}
    headers = {"Cookie": cookie}
    with connect(address, origin=Origin(production.url), additional_headers=headers, proxy=None) as socket:
        while "completed" not in came:
            message, now = json.loads(socket.recv(timeout=30)), time.time()
            came.setdefault(message.get("stage") or message.get("status") or message["type"], now)
    note = next(note for note in reversed(node.notes()) if job_id in note["prefix"])
    late = {
        "started": came["running"] - note["started"],
        "ended": came["saving"] - note["ended"],
        "completed": came["completed"] - note["ended"],
    }
    return {moment: seconds * 1000 for moment, seconds in late.items()}


def _listen_directly(production: Production) -> dict[str, float]:
    node = production.nodes[0]
    client = DirectClient(node.url)
    client.run(read_graph("trial_steps", WAIT_S), count=1, depth=1)
    client.close()
    note = next(note for note in reversed(node.notes()) if note["prefix"].startswith("direct/"))
    heard = client.heard[note["prompt_id"]]
    return {moment: (heard[moment] - note[moment]) * 1000 for moment in MOMENTS[:2]}


def measure_accept(production: Production, *, count: int) -> list[Row]:
    """Times `POST /api/v1/jobs`, one at a time, compared with the smallest answer of the same process."""
    production.give_jobs_to([])
    posts, pings = [], []
    for number in range(count):
        client = production.clients[number % len(production.clients)]
        pings.append(_milliseconds(lambda: client.get(f"{production.url}/health")))  # noqa: B023  called at once
        posts.append(_milliseconds(lambda: submit_one(client, 0)))  # noqa: B023
    production.give_jobs_to([node.name for node in production.nodes])
    production.wait_until_done()
    rows = []
    for percent in (50, 95):
        values, bases = [percentile(posts, percent)], [percentile(pings, percent)]
        note = f"{count} posts of /api/v1/jobs"
        rows.append(compare(f"accept_p{percent}_ms", values, "ms", "GET /health", bases, note))
    return rows


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000
