"""Sends mails while the mail server fails and workers are killed; counts the mails that arrive.

    python -m benchmarks.outbox [--mails 200] [--kills 5] [--seed 1] [--mutant done_first | no_lease]

Each mail must arrive. A second copy is allowed only if the first one's success was not recorded: a copy that
arrives after the row is marked done is a violation, and so are two concurrent calls for one mail. Figures go
to `var/chaos.json`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.mail_sink import MailSink, Mood
from benchmarks.processes import ROOT, Process
from benchmarks.product import Product, end_on_signals
from benchmarks.runs import DEFAULT, Findings, play

MOODS: tuple[tuple[Mood, float], ...] = (
    (Mood.REFUSES, 6.0),
    (Mood.WELL, 1.5),
    (Mood.HANGS, 8.0),
    (Mood.WELL, 1.5),
    (Mood.DIES, 6.0),
    (Mood.WELL, 1.5),
    (Mood.REFUSES, 3.0),
    (Mood.WELL, 0.0),
)
GIVE_UP_S = 300.0
RECORDED_S = 0.2
"""A copy that was already being sent when the row was marked done arrives within this time."""


@dataclass
class MailFindings(Findings):
    """`repeated_after_done`: copies that arrived after the row was done.

    `overlapping`: concurrent calls for one mail.
    """

    repeated_after_done: int = 0
    overlapping: int = 0
    dead: int = 0


class MailProduct(Product):
    """The production product with our own mail server, and workers that only hand on deliveries."""

    def __init__(self, folder: Path, sink: MailSink, mutant: str | None) -> None:
        super().__init__(folder, lease_s=15, nodes=0, workers=2, mutant=mutant)
        self.sink = sink

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"EMAIL_URL": self.sink.url}

    def add_mails(self, count: int) -> None:
        command = [sys.executable, "-m", "benchmarks.due_mails", str(count)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **self.environ}, check=True)

    def read(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.stack.postgres.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, starting from empty servers."""
    chance = random.Random(options.seed)
    folder = ROOT / "var" / "chaos" / f"outbox-{uuid.uuid4().hex[:8]}"
    sink = MailSink()
    product = MailProduct(folder, sink, options.mutant)
    try:
        product.start()
        began = time.monotonic()
        product.add_mails(options.mails)
        kills = _act_out(product, sink, _moments(chance, options.kills), began)
        settled_s = wait_until_settled(product)
        findings = judge(product, sink, options.mails)
    finally:
        product.close()
        sink.close()
    copies = sum(len(times) for times in sink.arrivals.values())
    figures: dict[str, object] = {
        "kind": "outbox",
        "seed": options.seed,
        "mails": options.mails,
        **findings.counts(),
        "arrived": len(sink.arrivals),
        "repeats": copies - len(sink.arrivals),
        "answers_lost": sink.answers_lost,
        "tries": findings.known["tries"],
        "faults": {"worker_kill": kills, "refuses": 2, "hangs": 1, "dies": 1},
        "seconds_to_final": settled_s,
        "mutant": options.mutant,
        "violated": findings.violated(),
    }
    if not figures["violated"]:
        shutil.rmtree(folder)
    return figures


def judge(product: MailProduct, sink: MailSink, mails: int) -> MailFindings:
    """Judges each mail by its row and by the copies that the server accepted."""
    rows = product.read(
        "SELECT kind, destination, event_id, attempts, EXTRACT(EPOCH FROM done_at)::float8, dead_at FROM platform_delivery"
    )
    found = MailFindings(overlapping=sink.overlapping)
    found.known["tries"] = sum(int(str(row[3])) for row in rows)
    for kind, destination, event_id, _, done_at, dead_at in rows:
        times = sink.arrivals.get(_message_id(str(kind), str(destination), str(event_id)), [])
        found.lost += not times
        found.unfinished += done_at is None and dead_at is None
        found.dead += dead_at is not None
        if done_at is not None:
            found.repeated_after_done += sum(at > float(str(done_at)) + RECORDED_S for at in times)
    found.lost += mails - len(rows)
    return found


def _message_id(kind: str, destination: str, event_id: str) -> str:
    """The Message-ID: `Delivery.message_id` at the sender's domain."""
    return f"<{uuid.uuid5(uuid.NAMESPACE_OID, f'{kind} {destination} {event_id}')}@localhost>"


def _moments(chance: random.Random, kills: int) -> list[float]:
    """Times of the kills in seconds after the beginning, spread over all moods."""
    whole = sum(seconds for _, seconds in MOODS) + 3
    return sorted(chance.uniform(2, whole) for _ in range(kills))


def _act_out(product: MailProduct, sink: MailSink, kills: Sequence[float], began: float) -> int:
    """Goes through the moods and kills a worker at each time in `kills`. Returns the number of kills."""
    acts: list[tuple[float, Callable[[], None]]] = []
    at = 0.0
    for mood, seconds in MOODS:
        acts.append((at, partial(sink.become, mood)))
        at += seconds
    for number, moment in enumerate(kills):
        acts.append((moment, partial(kill_and_spawn, product.workers[number % len(product.workers)])))
    for moment, act in sorted(acts, key=lambda each: each[0]):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        act()
    return len(kills)


def kill_and_spawn(worker: Process) -> None:
    worker.kill()
    worker.spawn()


def wait_until_settled(product: MailProduct, *, but: str = "false", give_up_s: float = GIVE_UP_S) -> float:
    """Seconds until every delivery is done or dead, `but` for those of this condition."""
    began = time.monotonic()
    open_rows = (
        f"SELECT 1 FROM platform_delivery WHERE done_at IS NULL AND dead_at IS NULL AND NOT ({but}) LIMIT 1"
    )
    while product.read(open_rows) and time.monotonic() < began + give_up_s:
        time.sleep(0.2)
    return round(time.monotonic() - began, 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.outbox", description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=["done_first", "no_lease"])
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    end_on_signals()
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
