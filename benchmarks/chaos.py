"""Kills, pauses, cuts off and wipes parts of the running product at random moments, and counts lost work.

    python -m benchmarks.chaos [--seed N] [--jobs 120] [--fed 60] [--short] [--mutant NAME [--tries 3]]

The run starts its own PostgreSQL, RabbitMQ, Redis and S3 servers, web, beat, two workers and three CPU nodes.
Several users submit over the API. They repeat each submit until it is acknowledged, and then send it once
more. Some jobs must fail, and some are cancelled. One more person has a watched folder, which is fed all the
while (`benchmarks.feeder`). The seed determines all jobs, faults and their times. A
mutant run passes if it violates something. `reclaim`: seconds from the kill or pause of a worker to the next
claim or adoption of each job that it held.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
import uuid
from collections import Counter
from pathlib import Path

from benchmarks.crowd import Crowd, draw_wishes
from benchmarks.faults import FULL, SHORT, Scene, draw_faults
from benchmarks.feeder import Feeder
from benchmarks.judge import Judge
from benchmarks.mutants import MUTANTS, prepare_database
from benchmarks.processes import ROOT
from benchmarks.product import Product, end_on_signals
from benchmarks.runs import DEFAULT, play

LEASE_S = 4.0
FINAL_WITHIN_S = 60.0
RECLAIM_WITHIN_S = LEASE_S + 10.0
USERS = 4
SECONDS_PER_FAULT, SECONDS_PER_PAUSE = 2.0, 11.0


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, from empty servers to the verdict. Keeps the logs if something was violated."""
    chance = random.Random(options.seed)
    folder = options.data_dir or ROOT / "var" / "chaos" / f"{options.seed}-{uuid.uuid4().hex[:8]}"
    kinds = SHORT if options.short else FULL
    product = Product(folder, lease_s=LEASE_S, nodes=3, mutant=options.mutant)
    try:
        product.start()
        prepare_database(options.mutant, product.stack.postgres.url)
        figures = _play(product, options, chance, kinds)
    finally:
        product.close()
    if not figures["violated"] and not options.data_dir and not options.keep:
        shutil.rmtree(folder)
    return figures


def _play(
    product: Product, options: argparse.Namespace, chance: random.Random, kinds: Counter[str]
) -> dict[str, object]:
    crowd = Crowd(
        product.url,
        product.make_people([f"user{number}@example.org" for number in range(USERS)]),
        product.folder,
    )
    scene = Scene(product, crowd, chance)
    feeder = Feeder(product, random.Random(options.seed), options.fed)
    crowd.begin(draw_wishes(chance, options.jobs), seconds=expected_seconds(kinds))
    feeder.begin(seconds=expected_seconds(kinds))
    revived = 0
    for kind, after in draw_faults(chance, kinds):
        time.sleep(after)
        print(f"  {after:4.2f} s  {kind}", flush=True)
        scene.strike(kind)
        revived += product.revive()
    scene.wait_until_undone()
    struck_at = time.monotonic()
    crowd.wait()
    judge = Judge(
        url=product.stack.postgres.url,
        s3=product.stack.s3.url,
        folder=product.folder,
        logs={},
        wishes=crowd.wishes,
    )
    seconds = wait_until_final(judge, len(crowd.wishes), since=struck_at)
    folder_s = feeder.wait(since=struck_at)
    revived += product.revive()
    judge.logs = product.read_logs()
    verdict = judge.judge(drift=product.audit(), harms=scene.harms)
    fed = feeder.judge(judge)
    return {
        "kind": "production",
        "seed": options.seed,
        "jobs": len(crowd.wishes),
        "faults": dict(kinds),
        **verdict.counts(),
        **verdict.known,
        "ended_by_themselves": revived,
        "seconds_to_final": seconds,
        "folder": {**fed.counts(), **fed.known, "seconds_to_final": folder_s},
        "mutant": options.mutant,
        "violated": [
            *verdict.violated(),
            *(f"folder_{name}" for name in fed.violated()),
            *([] if options.patient else _slow(verdict.known["reclaim_p95_s"])),
        ],
    }


def expected_seconds(kinds: Counter[str]) -> float:
    """About how long the faults will take, so that jobs are submitted until the last one."""
    pauses = kinds["worker_pause"] + kinds["worker_pause_saving"]
    return SECONDS_PER_FAULT * kinds.total() + SECONDS_PER_PAUSE * pauses


def _slow(reclaim_p95_s: object) -> list[str]:
    late = isinstance(reclaim_p95_s, float) and reclaim_p95_s > RECLAIM_WITHIN_S
    return ["reclaim_p95_s"] if late else []


def wait_until_final(judge: Judge, jobs: int, *, since: float) -> float:
    """Seconds from the last fault until all jobs are final. Gives up after FINAL_WITHIN_S."""
    while judge.count_final() < jobs and time.monotonic() < since + FINAL_WITHIN_S:
        time.sleep(0.1)
    return round(time.monotonic() - since, 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--jobs", type=int, default=120)
    parser.add_argument("--fed", type=int, default=60, help="files that are dropped into the watched folder")
    parser.add_argument("--short", action="store_true", help="one fault each of six kinds")
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--patient", action="store_true", help="judge the jobs' outcomes but not the times")
    parser.add_argument(
        "--keep", action="store_true", help="keep logs and notes even if nothing was violated"
    )
    parser.add_argument("--data-dir", type=Path, help="must not exist; default: a new one under var/chaos")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    options = parser.parse_args()
    end_on_signals()
    play(run, options)


if __name__ == "__main__":
    main()
