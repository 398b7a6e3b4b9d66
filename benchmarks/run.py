"""Measures the product's speed, compared with a baseline in the same run, into var/bench.json.

    python -m benchmarks.run [--runs 2] [--parts throughput backlog …]

Figures depend on the machine, while ratios hardly do: read the ratios.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.backlog import measure_backlog
from benchmarks.callers import measure_callers
from benchmarks.decoding import measure_decoding
from benchmarks.estimates import measure_estimates
from benchmarks.latency import measure_accept
from benchmarks.local import measure_local
from benchmarks.main_job import measure_main_job
from benchmarks.processes import ROOT
from benchmarks.product import end_on_signals
from benchmarks.production import Production, running_production, scratch_folder
from benchmarks.remaining import measure_remaining
from benchmarks.rows import Row, show, write_rows
from benchmarks.streaming import measure_streaming
from benchmarks.throughput import measure_throughput

Part = Callable[[], Sequence[Row]]


def production_parts(production: Production, runs: int) -> dict[str, Part]:
    """Parts that measure one running production profile, in this order.

    The backlog uses a separate database.
    """
    return {
        "accept": lambda: measure_accept(production, count=60),
        "callers": lambda: measure_callers(production, runs),
        "throughput": lambda: measure_throughput(production, runs),
        "estimates": lambda: [measure_estimates(production)],
        "streaming": lambda: measure_streaming(production),
        "backlog": lambda: measure_backlog(production.product.stack.postgres.url),
    }


def local_parts(folder: Path, runs: int) -> dict[str, Part]:
    """Parts that measure one process on SQLite. Each starts its own processes."""
    return {
        "local": lambda: measure_local(folder / "local", runs),
        "main_job": lambda: measure_main_job(folder),
        "remaining": lambda: measure_remaining(folder / "remaining"),
        "decoding": lambda: measure_decoding(folder / "decoding", runs),
    }


LOCAL_PARTS = ("local", "main_job", "remaining", "decoding")
PARTS = ("accept", "callers", "throughput", "estimates", "streaming", "backlog", *LOCAL_PARTS)


def measure(folder: Path, wanted: Sequence[str], runs: int) -> Iterator[list[Row]]:
    """Yields the rows of each part."""
    if set(wanted) - {*LOCAL_PARTS}:
        with running_production(folder / "production") as production:
            yield from _play(production_parts(production, runs), wanted)
    yield from _play(local_parts(folder, max(1, runs // 2)), wanted)


def _play(parts: Mapping[str, Part], wanted: Sequence[str]) -> Iterator[list[Row]]:
    for name, part in parts.items():
        if name in wanted:
            began = time.monotonic()
            rows = list(part())
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
            yield rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2, help="interleaved runs per ratio")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    options = parser.parse_args()
    end_on_signals()
    load = os.getloadavg()
    rows: list[Row] = []
    try:
        with scratch_folder("bench") as folder:
            folder.mkdir(parents=True)
            for part in measure(folder, options.parts, options.runs):
                rows += part
                write_rows(options.out, rows, load=load)  # saves finished parts even if a later one fails
    finally:
        show(rows)


if __name__ == "__main__":
    main()
