"""People buy, change plans and spend at once, while processes are killed and Stripe's webhooks go astray.

    python -m benchmarks.buying [--seed N] [--seconds 60] [--people 4] [--workers 2] [--mutant NAME [--tries 3]]

The run starts PostgreSQL, a fake Stripe, the site, workers that look at customers, and a process for each person. Each
worker is killed every other second and the site every few seconds, and both are started again. A fifth of the webhooks
is lost; others come up to five times, up to 3 s late, and so in any order. During all this periods end, and payments fail,
are refunded and disputed. At the end each customer is looked at once more, as each night. Then the ledger must add up,
and all that is paid must have been granted once. A mutant run passes if it violates something.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.buying_stage import Stage
from benchmarks.flaky_stripe import FlakyStripe
from benchmarks.mutants import MUTANTS
from benchmarks.processes import ROOT
from benchmarks.runs import DEFAULT, Findings, play
from billing.stripe_fake import World

MUST_WORK = ("spend", "top_up", "subscribe", "change_plan")
SITE_KILLED_EVERY_S, STRIPE_ACTS_EVERY_S = 4.0, 0.5


@dataclass
class Bought(Findings):
    """`lost` and `duplicated`: grants. `unpaid`: grants for which Stripe knows no payment. `failed_acts`: of people."""

    unpaid: int = 0
    failed_acts: int = 0


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, from an empty database to the verdict. Keeps the data if something was violated."""
    folder = options.data_dir or ROOT / "var" / "chaos" / f"buying-{uuid.uuid4().hex[:8]}"
    stage = Stage(folder, options, random.Random(options.seed))
    try:
        stage.start(options.workers, options.people)
        disturb(stage, options.seconds)
        acts = stage.end_people()
        bought = judge(stage.finish(), acts, stage.stripe)
    finally:
        stage.close()
    if not bought.violated() and not options.data_dir:
        shutil.rmtree(folder)
    return {
        "kind": "buying",
        "seed": options.seed,
        "seconds": options.seconds,
        "kills": stage.kills,
        **bought.counts(),
        **bought.known,
        "mutant": options.mutant,
        "violated": bought.violated(),
    }


def disturb(stage: Stage, seconds: float) -> None:
    """Kills the site, and does at Stripe what people, banks and time do there."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(2) as threads:
        kills = threads.submit(_repeat, stage.kill_site, SITE_KILLED_EVERY_S, until)
        acts = threads.submit(_repeat, stage.stripe.act, STRIPE_ACTS_EVERY_S, until)
    kills.result()
    acts.result()


def _repeat(act: Callable[[], None], pause_s: float, until: float) -> None:
    while time.monotonic() + pause_s < until:
        time.sleep(pause_s)
        act()


def judge(found: dict[str, Any], acts: Counter[str], stripe: FlakyStripe) -> Bought:
    """Compares the grants with what is paid at Stripe. Raises RuntimeError if the people did too little."""
    if missing := set(MUST_WORK) - set(acts):
        raise RuntimeError(f"the run was too short: there was no {', '.join(sorted(missing))}")
    paid = read_paid(stripe.world)
    granted = Counter(
        _name(source_id) for source, source_id in found["grants"] if source in ("invoice", "pack")
    )
    return Bought(
        lost=len((paid.periods | paid.packs) - set(granted)),
        duplicated=sum(count - 1 for count in granted.values()),
        unpaid=len(set(granted) - paid.periods - paid.packs - paid.changes),
        drift=len(found["drift"]),
        unfinished=found["unfinished"],
        failed_acts=sum(count for name, count in acts.items() if "failed" in name),
        known={
            "grants": granted.total(),
            "packs": len(paid.packs),
            "periods": len(paid.periods),
            "changes": len(paid.changes & set(granted)),
            "entries": found["entries"],
            "acts": dict(sorted(acts.items())),
            "stripe": dict(sorted(stripe.counts.items())),
        },
    )


@dataclass(frozen=True)
class Paid:
    """Names of grants: of a pack its session, of an invoice's line `invoice:start`. A change may grant nothing."""

    packs: set[str]
    periods: set[str]
    changes: set[str]


def read_paid(world: World) -> Paid:
    sessions = [each for each in world.all("checkout.session") if each["mode"] == "payment"]
    paid = Paid({each["id"] for each in sessions if each["payment_status"] == "paid"}, set(), set())
    for invoice in world.all("invoice"):
        if invoice["status"] != "paid" or not invoice["parent"]:
            continue
        for line in invoice["lines"]["data"]:
            is_change = line["parent"]["subscription_item_details"]["proration"]
            if line["amount"] > 0:
                (paid.changes if is_change else paid.periods).add(
                    f"{invoice['id']}:{line['period']['start']}"
                )
    return paid


def _name(source_id: str) -> str:
    """Without what the mutant appends to the name of a grant."""
    first, *more = source_id.split(":")
    return f"{first}:{more[0]}" if first.startswith("in_") else first


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: exit(143))
    parser = argparse.ArgumentParser(prog="benchmarks.buying", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--data-dir", type=Path, help="must not exist; default: a new one under var/chaos")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
