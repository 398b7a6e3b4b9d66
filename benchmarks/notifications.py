"""Sends notifications through a mail server that refuses every third mail and dies twice; reads what arrives.

    python -m benchmarks.notifications [--notifications 500] [--seed 1] [--mutant no_dedupe_key]

Each notification that its person wants now must be told once, and nobody gets more than one mail about pictures. Tries
of one mail have one Message-ID, by which mail programs show a mail once: so mails are counted by it. Figures go to
`var/chaos.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from benchmarks.mail_sink import MailSink, Mood
from benchmarks.outbox import MailProduct, wait_until_settled
from benchmarks.processes import ROOT
from benchmarks.product import end_on_signals
from benchmarks.runs import DEFAULT, Findings, play

MOODS: tuple[tuple[Mood, float], ...] = (
    (Mood.PICKY, 4.0),
    (Mood.REFUSES, 5.0),
    (Mood.PICKY, 4.0),
    (Mood.REFUSES, 5.0),
    (Mood.PICKY, 0.0),
)
"""A server that refuses every third mail; twice it dies, with every connection, and comes back."""
WAITS = "(attempts = 0 AND due_at > now() + interval '1 hour')"
"""A delivery that is postponed to the end of quiet hours."""
GIVE_UP_S = 900.0
"""A mail that is refused seven times is tried again after ten minutes."""
Expected = Sequence[tuple[str, str, bool]]
NAME = re.compile(r"\bn-\d+\.")


@dataclass
class ToldFindings(Findings):
    """`lost`: notifications that no mail told of; `duplicated`: those that two mails told of.

    `unwanted`: told although turned off or in quiet hours. `strangers`: told to somebody else. `unfolded`: mails about
    pictures beyond one for each person.
    """

    unwanted: int = 0
    strangers: int = 0
    unfolded: int = 0


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, starting from empty servers."""
    folder = ROOT / "var" / "chaos" / f"notifications-{uuid.uuid4().hex[:8]}"
    sink = MailSink()
    sink.become(Mood.PICKY)
    product = MailProduct(folder, sink, None)
    try:
        product.start()
        began = time.monotonic()
        expected = _add(product, options)
        for mood, seconds in MOODS:
            sink.become(mood)
            time.sleep(seconds)
        wait_until_settled(product, but=WAITS, give_up_s=GIVE_UP_S)
        took = round(time.monotonic() - began, 1)
        waiting, unfinished, tries = _count_rows(product)
    finally:
        product.close()
        sink.close()
    found = judge(expected, sink.contents)
    found.unfinished = unfinished
    figures: dict[str, object] = {
        "kind": "notifications",
        "seed": options.seed,
        "notifications": len(expected),
        **found.counts(),
        "told": sum(told for _, _, told in expected) - found.lost,
        "mails": len(sink.contents),
        "copies": sum(map(len, sink.arrivals.values())) - len(sink.arrivals),
        "tries": tries,
        "refused_mails": sink.refused,
        "in_quiet_hours": waiting,
        "seconds": took,
        "mutant": options.mutant,
        "violated": found.violated(),
    }
    if not figures["violated"]:
        shutil.rmtree(folder)
    return figures


def judge(expected: Expected, contents: Mapping[str, bytes]) -> ToldFindings:
    """Compares what should have been told with the mails, by their Message-ID."""
    found = ToldFindings()
    told: Counter[str] = Counter()
    pictures: Counter[str] = Counter()
    addresses = {name: address for name, address, _ in expected}
    for content in contents.values():
        mail = message_from_bytes(content, policy=default)
        text = mail.get_body(("plain",))
        names = set(NAME.findall(text.get_content() if text else ""))
        told.update(names)
        found.strangers += sum(addresses[name] != mail["To"] for name in names)
        pictures[mail["To"]] += "List-Unsubscribe" in mail
    found.unfolded = sum(count - 1 for count in pictures.values() if count > 1)
    for name, _, is_due in expected:
        found.lost += is_due and not told[name]
        found.unwanted += not is_due and told[name] > 0
        found.duplicated += told[name] > 1
    return found


def _add(product: MailProduct, options: argparse.Namespace) -> Expected:
    """Adds the notifications and ends the time for which those about pictures wait for others."""
    command = [sys.executable, "-m", "benchmarks.due_notifications", str(options.notifications)]
    command += [options.mutant] if options.mutant else []
    environ = {**os.environ, **product.environ, "LOG_LEVEL": "ERROR"}
    made = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    product.read("UPDATE platform_delivery SET due_at = now() WHERE attempts = 0 RETURNING 1")
    expected: Expected = json.loads(made.stdout.splitlines()[-1])
    return expected


def _count_rows(product: MailProduct) -> tuple[int, int, int]:
    """How many deliveries wait for the end of quiet hours, and how many of the others are not done; all tries."""
    (counts,) = product.read(
        f"SELECT count(*) FILTER (WHERE done_at IS NULL AND {WAITS}), "
        f"count(*) FILTER (WHERE done_at IS NULL AND NOT {WAITS}), sum(attempts) FROM platform_delivery"
    )
    waiting, unfinished, tries = (int(str(each)) for each in counts)
    return waiting, unfinished, tries


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.notifications", description=__doc__.splitlines()[0])
    parser.add_argument("--notifications", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=["no_dedupe_key"])
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many runs to try")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    end_on_signals()
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
