"""Submits jobs over the API during an outage of the broker.

Measures acceptance, and the time to finish once it is back.

    python -m benchmarks.broker_away [--jobs 30] [--seconds 60] [--alarm]

With `--alarm` the broker runs but accepts no messages, because of a memory alarm.

Starts the production product on its own servers, as `benchmarks.chaos` does. Figures go to `var/chaos.json`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

from benchmarks.chaos import LEASE_S
from benchmarks.crowd import Crowd, Wish
from benchmarks.judge import Judge, quantile
from benchmarks.processes import ROOT
from benchmarks.product import Product, end_on_signals
from benchmarks.runs import DEFAULT, append_run

JOB_S = 0.3
ACCEPT_P95_MS = 300.0
DONE_WITHIN_S = 30.0
GIVE_UP_S = 60.0
ACCEPTED = 202


def run(jobs: int, seconds: float, folder: Path, *, alarm: bool = False) -> dict[str, object]:
    """Runs one outage, starting from empty servers. `violated` lists the violated expectations."""
    product = Product(folder, lease_s=LEASE_S, nodes=2)
    try:
        product.start()
        crowd = Crowd(product.url, product.make_people(["user@example.org"]), folder)
        crowd.submit(Wish(0, "trial_colour", JOB_S))  # the first request includes start-up costs
        broker = product.stack.rabbitmq
        (broker.raise_alarm if alarm else broker.kill)()
        began = time.monotonic()
        for number in range(1, jobs + 1):
            crowd.submit(Wish(number, "trial_colour", JOB_S))
            time.sleep(max(0.0, began + number * seconds / jobs - time.monotonic()))
        (broker.end_alarm if alarm else broker.start)()
        figures = _judge(product, crowd, jobs, back_at=time.monotonic())
        return figures | {"faults": {"broker_alarm" if alarm else "broker_away": 1}}
    finally:
        product.close()


def _judge(product: Product, crowd: Crowd, jobs: int, *, back_at: float) -> dict[str, object]:
    judge = Judge(
        url=product.stack.postgres.url,
        s3=product.stack.s3.url,
        folder=product.folder,
        logs=product.read_logs(),
        wishes=crowd.wishes,
    )
    while judge.count_final() <= jobs and time.monotonic() < back_at + GIVE_UP_S:
        time.sleep(0.05)
    done_s = round(time.monotonic() - back_at, 1)
    verdict = judge.judge(drift=product.audit(), harms=[])
    sent = crowd.wishes[1:]
    first = Counter(wish.statuses[0] for wish in sent)
    latencies = [1000 * wish.latencies[0] for wish in sent]
    figures: dict[str, object] = {
        "kind": "broker_away",
        "seed": None,
        "jobs": jobs,
        **verdict.counts(),
        "late_writes_rejected": verdict.known["late_writes_rejected"],
        "ends": verdict.known["ends"],
        "first_answers": dict(first),
        "accept_p50_ms": quantile(latencies, 0.5),
        "accept_p95_ms": quantile(latencies, 0.95),
        "seconds_to_final": done_s,
        "mutant": None,
    }
    refused = [] if first == {ACCEPTED: jobs} else ["first_answers"]
    return figures | {"violated": verdict.violated() + refused}


def too_slow(figures: dict[str, object]) -> list[str]:
    """Names of the time limits that were exceeded."""
    bounds = {"accept_p95_ms": ACCEPT_P95_MS, "seconds_to_final": DONE_WITHIN_S}
    return [name for name, most in bounds.items() if float(str(figures[name])) > most]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.broker_away", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--alarm", action="store_true", help="the broker runs but accepts no messages")
    parser.add_argument("--patient", action="store_true", help="judge the jobs' outcomes but not the times")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    options = parser.parse_args()
    end_on_signals()
    folder = ROOT / "var" / "chaos" / f"broker-{uuid.uuid4().hex[:8]}"
    figures = run(options.jobs, options.seconds, folder, alarm=options.alarm)
    violated = [*figures.pop("violated"), *([] if options.patient else too_slow(figures))]  # type: ignore[misc]  # a list
    figures["violated"] = violated
    append_run(options.out, figures)
    print(json.dumps(figures), flush=True)
    if not violated:
        shutil.rmtree(folder)
    sys.exit(bool(violated))


if __name__ == "__main__":
    main()
