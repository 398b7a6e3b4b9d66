"""How busy the product keeps nodes, compared with a direct client and, on one node, with comfy-api-proxy.

    python -m benchmarks.throughput [--runs 2] [--only 0.1s]

All three take turns in one run. Jobs only wait. Rates and gaps come from the nodes' clocks, and all jobs are
queued before the first one starts: `benchmarks.latency` measures how quickly jobs are accepted.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.direct import DirectClient, read_graph
from benchmarks.node import noted_job
from benchmarks.pace import Note, Pace, read_pace
from benchmarks.peer import run_by_peer, running_peer
from benchmarks.processes import ROOT
from benchmarks.product import end_on_signals
from benchmarks.production import Production, new_folder, running_production
from benchmarks.rows import Row, compare, show, write_rows

SLOTS = 2
MOST_DEPTH = 8
NODE_COUNTS = (1, 2, 4)


@dataclass(frozen=True)
class Load:
    """Jobs that wait `seconds`, `per_node` for each node."""

    name: str
    seconds: float
    per_node: int

    @property
    def depths(self) -> tuple[int, ...]:
        """How many prompts a direct client keeps on a node. The fastest depth counts."""
        return (SLOTS, MOST_DEPTH) if self.seconds < 0.05 else (SLOTS,)


LOADS = (Load("trivial", 0, 80), Load("0.1s", 0.1, 50), Load("1s", 1, 10))


@dataclass(frozen=True)
class Round:
    """The same jobs run once each by the direct client, the product and, where it takes part, the peer."""

    direct: Pace
    product: Pace
    peer: Pace | None = None


def play_rounds(production: Production, load: Load, nodes: int, runs: int, peer: str = "") -> list[Round]:
    """`peer`: the address of a comfy-api-proxy for the first node, or empty to leave it out."""
    return [
        Round(
            _best([_run_direct(production, load, nodes, depth) for depth in load.depths]),
            _run_product(production, load, [node.name for node in production.nodes[:nodes]]),
            _run_peer(production, load, peer, SLOTS) if peer else None,
        )
        for _ in range(runs)
    ]


def play_far_rounds(production: Production, load: Load, runs: int, peer: str) -> list[Round]:
    """On the first node alone, RTT_S away.

    Direct client and peer keep enough jobs open to keep a far node busy.
    """
    depth = SLOTS if load.seconds >= 1 else SLOTS + 2
    return [
        Round(
            _run_direct(production, load, 1, depth, url=production.far.url),
            _run_product(production, load, ["far"]),
            _run_peer(production, load, peer, depth),
        )
        for _ in range(runs)
    ]


def _best(paces: Sequence[Pace]) -> Pace:
    return max(paces, key=lambda pace: pace.rate)


def _run_direct(production: Production, load: Load, nodes: int, depth: int, url: str = "") -> Pace:
    used = production.nodes[:nodes]
    clients = [DirectClient(url or node.url) for node in used]
    graph = read_graph("trial_steps", load.seconds)

    def run_all() -> None:
        with ThreadPoolExecutor(len(clients)) as pool:
            for done in [
                pool.submit(client.run, graph, count=load.per_node, depth=depth) for client in clients
            ]:
                done.result()

    production.give_jobs_to([])
    try:
        return _measured(production, load.per_node * nodes, run_all, lambda note: _root(note) == "direct")
    finally:
        for client in clients:
            client.close()


def _run_product(production: Production, load: Load, names: Sequence[str]) -> Pace:
    """Queues all jobs before the nodes get any."""
    count = load.per_node * len(names)
    production.give_jobs_to([])
    ours = production.submit([load.seconds] * count)

    def run_all() -> None:
        production.give_jobs_to(names)
        production.wait_until_done()

    return _measured(production, count, run_all, lambda note: noted_job(note) in ours)


def _run_peer(production: Production, load: Load, url: str, depth: int) -> Pace:
    graph = read_graph("trial_steps", load.seconds)
    production.give_jobs_to([])

    def run_all() -> None:
        run_by_peer(url, graph, count=load.per_node, depth=depth)

    return _measured(production, load.per_node, run_all, lambda note: _root(note) == "peer")


def _measured(
    production: Production, count: int, run: Callable[[], None], is_ours: Callable[[Note], bool]
) -> Pace:
    seen = [len(node.notes()) for node in production.nodes]
    run()
    notes = [node.notes()[start:] for node, start in zip(production.nodes, seen, strict=True)]
    return read_pace(notes, count=count, is_ours=is_ours)


def _root(note: Note) -> str:
    """The first part of the prompt's output prefix, which identifies the client."""
    return str(note["prefix"]).partition("/")[0]


def rows_of(name: str, rounds: Sequence[Round], note: str) -> list[Row]:
    """Rate and gap compared with the direct client and, where the peer ran, the rate compared with the peer."""
    beside, rates = "direct client", [each.product.rate for each in rounds]
    gaps = [each.product.gap_p50_ms for each in rounds]
    rows = [
        compare(f"throughput_{name}", rates, "jobs/s", beside, [each.direct.rate for each in rounds], note),
        compare(
            f"idle_gap_p50_ms_{name}", gaps, "ms", beside, [each.direct.gap_p50_ms for each in rounds], note
        ),
    ]
    if peers := [each.peer.rate for each in rounds if each.peer]:
        ahead = "the product's rate; ratio above 1: faster"
        rows.append(compare(f"throughput_{name}_proxy", rates, "jobs/s", "comfy-api-proxy", peers, ahead))
    return rows


def gap_row(name: str, rounds: Sequence[Round], note: str) -> Row:
    """The median gap over all prompts of these rounds."""
    product = [gap for each in rounds for gap in each.product.gaps_ms]
    direct = [gap for each in rounds for gap in each.direct.gaps_ms]
    row = compare(name, [median(product)], "ms", "direct client", [median(direct)], note)
    row.runs = len(rounds)
    return row


def scaling_row(few: Sequence[Round], many: Sequence[Round], *, nodes: int) -> Row:
    """The rate of `nodes` nodes as a multiple of one node's rate."""
    product = [after.product.rate / before.product.rate for before, after in zip(few, many, strict=True)]
    direct = [after.direct.rate / before.direct.rate for before, after in zip(few, many, strict=True)]
    return compare(f"scaling_{nodes}nodes", product, "times one node", "direct client", direct, "jobs of 1 s")


def measure_throughput(production: Production, runs: int, loads: Sequence[Load] = LOADS) -> list[Row]:
    """All rows, after a warm-up round of each kind."""
    rows: list[Row] = []
    waiting: list[Round] = []
    with running_peer(production.nodes[0].url, production.product.folder / "peer.log") as peer:
        play_rounds(production, Load("warm-up", 0, 10), 4, 1)
        play_rounds(production, Load("warm-up", 0, 10), 1, 1, peer)
        for load in loads:
            played = {
                nodes: play_rounds(production, load, nodes, runs, peer if nodes == 1 else "")
                for nodes in NODE_COUNTS
            }
            for nodes, rounds in played.items():
                suffix = f"{nodes}node" if nodes == 1 else f"{nodes}nodes"
                note = f"{load.per_node * nodes} jobs per run, nodes' clocks"
                rows += rows_of(f"{load.name}_{suffix}", rounds, note)
            if load.seconds:
                waiting += [each for nodes in (1, 2) for each in played[nodes]]
            if load.seconds == 1:
                rows.append(scaling_row(played[1], played[4], nodes=4))
    if waiting:
        rows.append(gap_row("idle_gap_p50_ms", waiting, "jobs that wait, one and two nodes"))
    return rows + measure_far(production, runs, [load for load in loads if load.seconds])


def measure_far(production: Production, runs: int, loads: Sequence[Load]) -> list[Row]:
    """Rounds with a node that is 50 ms away.

    From the first jobs the product learns how long they take there.
    """
    rows: list[Row] = []
    all_rounds: list[Round] = []
    with running_peer(production.far.url, production.product.folder / "far-peer.log") as peer:
        for load in loads:
            rounds = play_far_rounds(production, load, runs, peer)
            rows += rows_of(f"{load.name}_1node_rtt50", rounds, "25 ms each way")
            all_rounds += rounds
    return [*rows, gap_row("idle_gap_p50_ms_rtt50", all_rounds, "25 ms each way")] if all_rounds else rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.throughput", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2, help="interleaved runs per ratio")
    parser.add_argument("--only", choices=[load.name for load in LOADS], help="jobs of one length")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "throughput.json")
    options = parser.parse_args()
    end_on_signals()
    before, folder = os.getloadavg(), new_folder("bench")
    loads = [load for load in LOADS if options.only in (None, load.name)]
    with running_production(folder, workers=options.workers) as production:
        rows = measure_throughput(production, options.runs, loads)
    shutil.rmtree(folder, ignore_errors=True)
    write_rows(options.out, rows, load=before)
    show(rows)


if __name__ == "__main__":
    main()
