"""Measurements that alternate between the running product and the direct client of the same node."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks.direct import DirectClient, read_graph
from benchmarks.node import read_notes
from benchmarks.pictures import is_inverted, make_trial_photo
from benchmarks.processes import ROOT
from benchmarks.rows import Row, compare, percentile
from benchmarks.site import Site

DEADLINE_S = 300


@dataclass
class Bench:
    """The running product, its only node, and the node's notes."""

    data_dir: Path
    url: str
    node_url: str
    notes_path: Path
    site: Site

    def notes(self) -> list[dict]:
        return read_notes(self.notes_path)

    def read(self, query: str, *values: object) -> list[tuple]:
        connection = sqlite3.connect(self.data_dir / "creator.sqlite3", timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def wait_until_idle(self) -> None:
        """Waits until no job is open. Polls rarely, because polling slows what is measured."""
        deadline = time.monotonic() + DEADLINE_S
        while self.read("SELECT 1 FROM jobs_job WHERE finished_at IS NULL LIMIT 1"):
            if time.monotonic() > deadline:
                raise RuntimeError("some jobs did not end in time")
            time.sleep(0.25)


# Throughput


def measure_throughput(bench: Bench, name: str, *, seconds: float, count: int, runs: int) -> list[Row]:
    """Jobs per second from the node's first start to its last end, and the gap between two prompts."""
    depths = (2, 8) if seconds == 0 else (2,)
    direct: list[tuple[float, float]] = []
    product: list[tuple[float, float]] = []
    whole: list[float] = []
    for _ in range(runs):
        direct.append(max(_run_direct(bench, seconds=seconds, count=count, depth=depth) for depth in depths))
        rate, gap, until_rows = _run_product(bench, seconds=seconds, count=count)
        product.append((rate, gap))
        whole.append(until_rows)
    beside = f"direct client, depth {' or '.join(map(str, depths))}"
    rates, gaps = zip(*product, strict=True)
    best, best_gaps = zip(*direct, strict=True)
    return [
        compare(
            f"local_throughput_{name}_1node",
            rates,
            "jobs/s",
            beside,
            best,
            f"{count} jobs per run, node's clock",
        ),
        compare(
            f"local_submit_to_rows_{name}_1node",
            whole,
            "jobs/s",
            beside,
            best,
            "from commit to last finished row",
        ),
        compare(
            f"local_idle_gap_p50_ms_{name}",
            gaps,
            "ms",
            beside,
            best_gaps,
            "end of a prompt to start of the next",
        ),
    ]


def _run_direct(bench: Bench, *, seconds: float, count: int, depth: int) -> tuple[float, float]:
    seen = len(bench.notes())
    client = DirectClient(bench.node_url)
    client.run(read_graph("trial_steps", seconds), count=count, depth=depth)
    client.close()
    return _rate_and_gap(bench.notes()[seen:], count)


def _run_product(bench: Bench, *, seconds: float, count: int) -> tuple[float, float, float]:
    seen = len(bench.notes())
    command = [sys.executable, "-m", "benchmarks.burst", "trial_steps", str(count), str(seconds)]
    environ = {"DATA_DIR": str(bench.data_dir)}
    answer = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
    committed = float(answer.stdout.split()[-1])
    bench.wait_until_idle()
    (finished,) = bench.read("SELECT (julianday(MAX(finished_at)) - 2440587.5) * 86400 FROM jobs_job")[0]
    return *_rate_and_gap(bench.notes()[seen:], count), count / (finished - committed)


def _rate_and_gap(notes: Sequence[dict], count: int) -> tuple[float, float]:
    """Jobs per second, and the median milliseconds between two prompts."""
    assert len(notes) == count, f"{len(notes)} prompts for {count} jobs"
    gaps = [(after["started"] - before["ended"]) * 1000 for before, after in itertools.pairwise(notes)]
    return count / (notes[-1]["ended"] - notes[0]["started"]), median(gaps)


# From the node to the browser


def measure_latency(bench: Bench, *, count: int) -> list[Row]:
    """Latency from an event on the node to `/ws/jobs/<id>`, compared with the node's own socket."""
    moments: dict[str, list[float]] = {"started": [], "ended": [], "completed": []}
    own: dict[str, list[float]] = {"started": [], "ended": []}
    for _ in range(count):
        for moment, late in _watch_job(bench).items():
            moments[moment].append(late)
        for moment, late in _listen_directly(bench).items():
            own[moment].append(late)
    beside = "the node's own socket"
    rows = []
    for percent in (50, 95):
        for moment, direct in own.items():
            values, bases = [percentile(moments[moment], percent)], [percentile(direct, percent)]
            name = f"local_event_to_browser_{moment}_p{percent}_ms"
            rows.append(compare(name, values, "ms", beside, bases, f"{count} jobs"))
        done = round(percentile(moments["completed"], percent), 1)
        rows.append(Row(f"local_node_end_to_done_p{percent}_ms", done, "ms", note="saved and shown"))
    return rows


def _watch_job(bench: Bench) -> dict[str, float]:
    """Milliseconds from a prompt's start and end on the node to the messages about them.

    The job waits behind another one, so that the socket is open well before the job starts.
    """
    bench.site.submit("trial_steps", {"seconds": 0.4})
    page = bench.site.submit("trial_steps", {"seconds": 0.4})
    job_id = page.strip("/").split("/")[-1]
    address = f"ws{bench.url.removeprefix('http')}/ws/jobs/{job_id}"
    came: dict[str, float] = {}
    headers = {"Cookie": bench.site.cookies}
    with connect(address, origin=Origin(bench.url), additional_headers=headers, proxy=None) as socket:
        while "completed" not in came:
            message, now = json.loads(socket.recv(timeout=30)), time.time()
            came.setdefault(message.get("stage") or message.get("status") or message["type"], now)
    note = next(note for note in reversed(bench.notes()) if job_id in note["prefix"])
    late = {"started": came["running"] - note["started"], "ended": came["saving"] - note["ended"]}
    late["completed"] = came["completed"] - note["ended"]
    return {moment: seconds * 1000 for moment, seconds in late.items()}


def _listen_directly(bench: Bench) -> dict[str, float]:
    client = DirectClient(bench.node_url)
    client.run(read_graph("trial_steps", 0.4), count=1, depth=1)
    client.close()
    note = bench.notes()[-1]
    heard = client.heard[note["prompt_id"]]
    return {moment: (heard[moment] - note[moment]) * 1000 for moment in ("started", "ended")}


# Submitting


def measure_submit(bench: Bench, *, count: int) -> list[Row]:
    """Times posting the form with an uploaded photo, compared with the server's smallest answer."""
    upload = bench.site.upload(make_trial_photo(0, bench.data_dir / "photos"))
    posts, pings = [], []
    for _ in range(count):
        pings.append(_milliseconds(lambda: bench.site.http.get("/health")))
        posts.append(_milliseconds(lambda: bench.site.submit("trial_invert", {"seconds": 0}, [upload])))
    bench.wait_until_idle()
    rows = []
    for percent in (50, 95):
        values, bases = [percentile(posts, percent)], [percentile(pings, percent)]
        name = f"local_submit_p{percent}_ms"
        rows.append(compare(name, values, "ms", "GET /health", bases, f"{count} posts of /new/"))
    return rows


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


# Fifty photos


def measure_batch(bench: Bench, *, count: int, runs: int) -> list[Row]:
    """Times many photos in one form, from the post to the last finished row.

    Compares every result with its photo.
    """
    photos = [make_trial_photo(number, bench.data_dir / "photos") for number in range(count)]
    began = time.perf_counter()
    uploads = [bench.site.upload(photo) for photo in photos]
    upload_ms = (time.perf_counter() - began) * 1000 / count
    product, direct, right = [], [], []
    for _ in range(runs):
        direct.append(_run_batch_directly(bench, photos))
        began = time.time()
        bench.site.submit("trial_invert", {"seconds": 0.1}, uploads)
        bench.wait_until_idle()
        (finished,) = bench.read("SELECT (julianday(MAX(finished_at)) - 2440587.5) * 86400 FROM jobs_job")[0]
        product.append(finished - began)
        right.append(_count_right(bench, count))
    return [
        compare(
            f"batch_{count}_photos_s",
            product,
            "s",
            "direct client, depth 2",
            direct,
            "0.1 s each on the node",
        ),
        Row(f"batch_{count}_right", min(right), "results", runs=runs, note="compared by content"),
        Row("upload_ms", round(upload_ms, 1), "ms", note="one small photo, decoded in a child process"),
    ]


def _run_batch_directly(bench: Bench, photos: list[Path]) -> float:
    client = DirectClient(bench.node_url)
    began = time.time()
    client.run(read_graph("trial_invert", 0.1), count=len(photos), depth=2, photos=photos)
    seconds = time.time() - began
    client.close()
    return seconds


def _count_right(bench: Bench, count: int) -> int:
    """Counts results of the newest batch that match the photo named by their job.

    0 if not all photos have one.
    """
    rows = bench.read(
        "SELECT j.name, a.key FROM jobs_job j JOIN jobs_artifact a ON a.job_id = j.id AND a.kind = 'result'"
        " WHERE j.batch_id = (SELECT id FROM jobs_batch ORDER BY created_at DESC LIMIT 1)"
    )
    numbers = {int(Path(name).stem.split("-")[1]) for name, _ in rows}
    right = [
        is_inverted(bench.data_dir / "files" / key, int(Path(name).stem.split("-")[1])) for name, key in rows
    ]
    return sum(right) if len(numbers) == count else 0
