"""How fast the product is, beside a minimal client of the same node in the same run.

    python -m benchmarks.run [--runs 3] [--skip-main-job] [--out var/bench.json]

One node, `serve` in a process of its own; direct client and product take turns, so that what else the machine does strikes
both. Figures depend on the machine, ratios hardly: read the ratios.
"""

from __future__ import annotations

import argparse
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.main_job import measure_main_job
from benchmarks.measures import Bench, measure_batch, measure_latency, measure_submit, measure_throughput
from benchmarks.processes import ROOT, manage, serve, start_node, wait_until_healthy
from benchmarks.rows import Row, show, write_rows
from benchmarks.site import Site


@contextmanager
def running_product(data_dir: Path) -> Iterator[Bench]:
    """The product with one node, from an empty database; everything ends with the block."""
    data_dir.mkdir(parents=True)
    manage("migrate", "--verbosity", "0", data_dir=data_dir)
    for preset in (ROOT / "benchmarks" / "presets").iterdir():
        manage("presets", "import", str(preset), data_dir=data_dir)
    node, node_url = start_node(data_dir / "nodes" / "bench")
    server = serve(data_dir, nodes=0, environ={"LOG_FORMAT": "json"})
    try:
        manage("nodes", "add", node_url, "--name", "bench", data_dir=data_dir)
        url = wait_until_healthy(server.start())
        site = Site(url, data_dir)
        site.sign_in()
        yield Bench(data_dir, url, node_url, data_dir / "nodes" / "bench" / "prompts.jsonl", site)
    finally:
        server.stop()
        node.kill()


def measure(bench: Bench, runs: int) -> list[Row]:
    """Everything that the running product is asked for; a first round only warms both sides up."""
    measure_throughput(bench, "trivial", seconds=0, count=20, runs=1)
    return [
        *measure_throughput(bench, "trivial", seconds=0, count=100, runs=runs),
        *measure_throughput(bench, "0.5s", seconds=0.5, count=20, runs=runs),
        *measure_latency(bench, count=20),
        *measure_submit(bench, count=50),
        *measure_batch(bench, count=50, runs=runs),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs behind each ratio")
    parser.add_argument("--skip-main-job", action="store_true", help="leave out the photos of 12 megapixels")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    options = parser.parse_args()
    load, data_dir = os.getloadavg(), ROOT / "var" / "bench" / uuid.uuid4().hex[:8]
    try:
        with running_product(data_dir) as bench:
            rows = measure(bench, options.runs)
        write_rows(options.out, rows, load=load)
        if not options.skip_main_job:
            rows += measure_main_job(data_dir)
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
    write_rows(options.out, rows, load=load)
    show(rows)


if __name__ == "__main__":
    main()
