"""Speed of the product in one process on SQLite (`make run`), beside a minimal client of the same node.

    python -m benchmarks.local [--runs 1]

One node, with `serve` in a separate process. Direct client and product take turns, so that other load on the
machine affects both. Figures depend on the machine, while ratios hardly do: read the ratios.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measures import Bench, measure_batch, measure_latency, measure_submit, measure_throughput
from benchmarks.processes import ROOT, manage, serve, start_node, wait_until_healthy
from benchmarks.product import end_on_signals
from benchmarks.production import scratch_folder
from benchmarks.rows import Row, show
from benchmarks.site import Site


@contextmanager
def running_local(data_dir: Path) -> Iterator[Bench]:
    """Starts the product with one node and an empty database; ends all processes after the block."""
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


def measure_local(data_dir: Path, runs: int) -> list[Row]:
    """All measurements of the running product, after a warm-up round."""
    with running_local(data_dir) as bench:
        measure_throughput(bench, "trivial", seconds=0, count=20, runs=1)
        return [
            *measure_throughput(bench, "trivial", seconds=0, count=80, runs=runs),
            *measure_throughput(bench, "0.5s", seconds=0.5, count=20, runs=runs),
            *measure_latency(bench, count=15),
            *measure_submit(bench, count=30),
            *measure_batch(bench, count=50, runs=runs),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.local", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1, help="interleaved runs per ratio")
    options = parser.parse_args()
    end_on_signals()
    with scratch_folder("bench") as folder:
        show(measure_local(folder, options.runs))


if __name__ == "__main__":
    main()
