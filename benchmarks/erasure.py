"""Deletes an account while its jobs run, its sockets are open and others work; searches for what is left.

    python -m benchmarks.erasure [--seed 1] [--mutant keeps_photos]

A person with photos, finished and running jobs, an export, sessions, keys, tokens and sockets asks on the page for the
deletion of the account. When the grace is over, everything must be gone within a minute: no row, object, key of Redis
or file of a node may name the person; the ledger's entries stay and add up; others keep what is theirs and get their
pictures. Figures go to `var/chaos.json`.
"""

from __future__ import annotations

import argparse
import shutil
import time
import uuid
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.leaving import Leaver, LeavingProduct, Stayers, until
from benchmarks.mail_sink import MailSink
from benchmarks.processes import ROOT
from benchmarks.product import end_on_signals
from benchmarks.runs import DEFAULT, Findings, play
from benchmarks.traces import traces_of

OTHERS = [f"stayer{number}@example.org" for number in range(3)]
WITHIN_S = 60.0
MAILS = ("export ready", "deletion scheduled", "deletion done")


@dataclass
class ErasureFindings(Findings):
    """`left_…`: places where something of the person was found. `late`: 1 if it took longer than a minute.

    `search_blind`: places where it found nothing before the erasure either.
    `still_open`: sockets and credentials that worked after the deletion was asked for. `changed_of_others`: their rows.
    """

    left_in_rows: int = 0
    left_in_bucket: int = 0
    left_in_redis: int = 0
    left_on_nodes: int = 0
    ledger_changed: int = 0
    changed_of_others: int = 0
    still_open: int = 0
    late: int = 0
    mails_missing: int = 0
    search_blind: int = 0


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, starting from empty servers."""
    folder = ROOT / "var" / "chaos" / f"erasure-{uuid.uuid4().hex[:8]}"
    sink = MailSink()
    product = LeavingProduct(folder, sink, options.mutant)
    with ExitStack() as ending:
        ending.callback(sink.close)
        ending.callback(product.close)
        product.start()
        keys = [key for _, key in product.make_people(OTHERS).values()]
        leaver = Leaver(product.make_leaver(), product.url, folder / "photos")
        ending.callback(leaver.closing.close)
        stayers = Stayers(product.url, keys)
        leaver.live(product)
        blind = [place for place, found in traces_of(product, leaver).items() if not found]
        theirs, entries = _rows_of_others(product), _ledger(product, leaver)
        leaver.ask()
        findings = ErasureFindings(still_open=leaver.still_open(), search_blind=len(blind))
        running = leaver.count(product, "processing")
        seconds = _end_grace(product)
        _judge(findings, product, leaver, entries, seconds)
        stayers.stop()
        findings.changed_of_others = len(theirs - _rows_of_others(product))
        done = product.read("SELECT count(*) FROM jobs_job WHERE status = 'completed'")[0][0]
        findings.lost, findings.drift = len(stayers.jobs) - done, product.audit()
    figures: dict[str, object] = {
        "kind": "erasure",
        "seed": options.seed,
        **findings.counts(),
        **findings.known,
        "running_at_the_end_of_the_grace": running,
        "seconds_until_gone": seconds,
        "jobs_of_others": len(stayers.jobs),
        "mutant": options.mutant,
        "violated": findings.violated(),
    }
    if not figures["violated"]:
        shutil.rmtree(folder)
    return figures


def _end_grace(product: LeavingProduct) -> float:
    """Seconds until the account is erased and the last mail forgotten. Gives up after GIVE_UP_S."""
    began = time.monotonic()
    product.write("UPDATE accounts_erasure SET due_at = now()")
    gone = "SELECT 1 FROM accounts_erasure WHERE erased_at IS NOT NULL AND last_mail IS NULL"
    with suppress(TimeoutError):
        until(lambda: bool(product.read(gone)))
    return round(time.monotonic() - began, 1)


def _judge(
    found: ErasureFindings,
    product: LeavingProduct,
    leaver: Leaver,
    entries: set[tuple[Any, ...]],
    seconds: float,
) -> None:
    left = traces_of(product, leaver)
    for place, traces in left.items():
        setattr(found, f"left_{place}", len(traces))
    found.late = int(seconds > WITHIN_S)
    found.ledger_changed = len(entries - _ledger_entries(product))
    (counts,) = product.read("SELECT counts FROM accounts_erasure")[0]
    found.mails_missing = max(0, len(MAILS) - len(product.sink.arrivals))
    found.known = {
        "erased": counts,
        "left": sorted(trace for traces in left.values() for trace in traces)[:20],
    }


def _ledger(product: LeavingProduct, leaver: Leaver) -> set[tuple[Any, ...]]:
    query = (
        "SELECT e.id, e.kind, e.amount, e.account_id FROM billing_ledgerentry e"
        " JOIN billing_creditaccount a ON a.id = e.account_id WHERE a.owner_id = %s"
    )
    return set(product.read(query, leaver.facts["id"]))


def _ledger_entries(product: LeavingProduct) -> set[tuple[Any, ...]]:
    return set(product.read("SELECT id, kind, amount, account_id FROM billing_ledgerentry"))


def _rows_of_others(product: LeavingProduct) -> set[tuple[Any, ...]]:
    """What others have and do not change by working on: their accounts, addresses, keys and finished jobs."""
    mine = "(SELECT id FROM accounts_user WHERE email LIKE 'stayer%%')"
    return {
        (table, *row)
        for table, columns, owner, more in (
            ("accounts_user", "id, email, password, is_active", "id", ""),
            ("accounts_apikey", "id, digest, revoked_at", "owner_id", ""),
            ("jobs_job", "id, status, finished_at, price", "owner_id", " AND finished_at IS NOT NULL"),
            ("billing_creditaccount", "id, owner_id, granted", "owner_id", ""),
        )
        for row in product.read(f"SELECT {columns} FROM {table} WHERE {owner} IN {mine}{more}")
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.erasure", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=["keeps_photos"])
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    end_on_signals()
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
