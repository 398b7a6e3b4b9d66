"""Webhooks under fire: receivers hang, reset, answer 500, 410 and 307 and are slow, and workers are killed.

    python -m benchmarks.hooks [--events 1000] [--kills 5] [--seed 1] [--mutant few_threads | done_first]

The first half of the events is told while ten receivers hang: a receiver that works must get its messages with a p95 of
2 s. During the second half workers are killed. Each event must be taken at least once by the receivers that work and by
the one in a bad mood, always under one event id with one body, signed. The one that is gone must be asked once only.
Figures go to `var/chaos.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psycopg

from benchmarks.hook_receivers import Receiver, numbers_of
from benchmarks.outbox import kill_and_spawn
from benchmarks.processes import ROOT
from benchmarks.product import Product, end_on_signals
from benchmarks.rows import percentile
from benchmarks.runs import DEFAULT, Findings, play

HANGING = 10
GOOD, BAD, GONE = "good", "bad", "gone"
EVERY_S = 0.1
"""Between two events: ten a second."""
MOST_P95_S = 2.0
GIVE_UP_S = 300.0
TO_HANGING = 20
"""Events told to each receiver that hangs."""


@dataclass
class HookFindings(Findings):
    """`renamed`: events that came under two ids or bodies. `late`: the p95 of the good receiver is over 2 s.

    `asked_when_gone`: requests to the receiver that is gone, but for the first.
    """

    renamed: int = 0
    unsigned: int = 0
    late: int = 0
    asked_when_gone: int = 0


class HookProduct(Product):
    """The production product that may post to our receivers, with workers that only hand on deliveries."""

    def __init__(self, folder: Path, receivers: Sequence[Receiver], mutant: str | None) -> None:
        super().__init__(folder, lease_s=15, nodes=0, workers=2, mutant=mutant)
        self.allowed = ",".join(each.place for each in receivers)

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"OUTSIDE_ALLOWED_HOSTS": self.allowed}

    def open_deliveries(self) -> int:
        """How many wait for a receiver that works, if only now and then."""
        with psycopg.connect(self.stack.postgres.url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT count(*) FROM platform_delivery d JOIN jobs_webhook w ON w.id::text = d.destination"
                " JOIN accounts_user u ON u.id = w.owner_id"
                " WHERE d.done_at IS NULL AND d.dead_at IS NULL AND u.email = ANY(%s)",
                [[f"{name}@example.org" for name in (GOOD, BAD)]],
            ).fetchone()
        return int(found[0]) if found else 0


class Teller:
    """The process that makes webhooks and tells of events."""

    def __init__(self, environ: dict[str, str], receivers: Sequence[Receiver]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.due_hooks"],
            cwd=ROOT,
            env={**os.environ, **environ, "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._lines = self._process.stdin
        self._say({each.name: each.url for each in receivers})
        self.secrets: dict[str, str] = json.loads(self._process.stdout.readline())

    def tell(self, name: str, number: int) -> None:
        self._say({"to": name, "number": number})

    def close(self) -> None:
        self._lines.close()
        self._process.wait()

    def _say(self, line: dict[str, object]) -> None:
        self._lines.write(json.dumps(line) + "\n")
        self._lines.flush()


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, starting from empty servers."""
    chance = random.Random(options.seed)
    folder = ROOT / "var" / "chaos" / f"hooks-{uuid.uuid4().hex[:8]}"
    hanging = [Receiver(f"hangs-{number}", mood="hang") for number in range(HANGING)]
    good, bad, gone = (
        Receiver(GOOD),
        Receiver(BAD, mood="bad", seed=options.seed),
        Receiver(GONE, mood="gone"),
    )
    receivers = [good, bad, gone, *hanging]
    product = HookProduct(folder, receivers, options.mutant)
    with ExitStack() as ending:
        for receiver in receivers:
            ending.callback(receiver.close)
        ending.callback(product.close)
        product.start()
        teller = Teller(product.environ, receivers)
        ending.callback(teller.close)
        for receiver in receivers:
            receiver.secret = teller.secrets[receiver.name]
        told = _tell_all(product, teller, chance, options, hanging)
        settled_s = _wait_until_settled(product)
    findings = _judge(told, options.events, good, bad, gone, receivers)
    figures: dict[str, object] = {
        "kind": "hooks",
        "seed": options.seed,
        "events": options.events,
        **findings.counts(),
        **findings.known,
        "seconds_to_settle": settled_s,
        "faults": {"worker_kill": options.kills, "hanging": HANGING, **bad.did},
        "mutant": options.mutant,
        "violated": findings.violated(),
    }
    if not figures["violated"]:
        shutil.rmtree(folder)
    return figures


def _tell_all(
    product: HookProduct,
    teller: Teller,
    chance: random.Random,
    options: argparse.Namespace,
    hanging: Sequence[Receiver],
) -> dict[str, list[int]]:
    """Tells of all events, and kills workers during the second half. Returns receiver → its events."""
    told: dict[str, list[int]] = {GOOD: [], BAD: [], GONE: []}
    half = options.events // 2
    kills = sorted(chance.sample(range(half, options.events), options.kills))
    for number in range(options.events):
        name = GONE if number in (10, 20, 30) else chance.choice([GOOD, BAD]) if number >= half else GOOD
        if number < half and number % 3 == 2 and name == GOOD:
            name = BAD
        teller.tell(name, number)
        told[name].append(number)
        if number < HANGING * TO_HANGING:
            teller.tell(hanging[number % HANGING].name, options.events + number)
        if number in kills:
            kill_and_spawn(product.workers[kills.index(number) % len(product.workers)])
        time.sleep(EVERY_S)
    return told


def _wait_until_settled(product: HookProduct) -> float:
    """Seconds until nothing waits for the receivers that work."""
    began = time.monotonic()
    while product.open_deliveries() and time.monotonic() < began + GIVE_UP_S:
        time.sleep(0.5)
    return round(time.monotonic() - began, 1)


def _judge(
    told: dict[str, list[int]],
    events: int,
    good: Receiver,
    bad: Receiver,
    gone: Receiver,
    receivers: Sequence[Receiver],
) -> HookFindings:
    found = HookFindings()
    for receiver in (good, bad):
        found.lost += len(set(told[receiver.name]) - set(numbers_of(receiver)))
    found.renamed = sum(len(ids) > 1 for receiver in receivers for ids in receiver.seen.values())
    found.unsigned = sum(receiver.unsigned for receiver in receivers)
    found.asked_when_gone = max(0, sum(gone.did.values()) - 1)
    waited = [each.waited_s for each in good.taken if each.number < events // 2]
    p95 = percentile(waited, 95) if waited else float("inf")
    found.late = int(p95 > MOST_P95_S)
    in_order = numbers_of(good)
    found.known = {
        "told": {name: len(numbers) for name, numbers in told.items()},
        "taken": len(good.taken) + len(bad.taken),
        "repeats": sum(len(each.taken) - len(set(numbers_of(each))) for each in (good, bad)),
        "overlapping": sum(each.overlapping for each in receivers),
        "good_p50_s": round(percentile(waited, 50), 3) if waited else None,
        "good_p95_s": round(p95, 3),
        "good_out_of_order": sum(after < before for before, after in pairwise(in_order)),
        "tries_to_hanging": sum(sum(each.did.values()) for each in receivers if each.mood == "hang"),
    }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.hooks", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=["few_threads", "done_first"])
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    end_on_signals()
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
