"""Kills the worker that looks at customers between grant and mark, and counts what was granted twice or not at all.

    python -m benchmarks.payment_crashes [--kills 20] [--mutant unnamed_grants]

On a PostgreSQL of its own. Each customer has paid for one period. A worker process kills itself (SIGKILL) at a point
of a look: after the grant, before the commit, or after it. Another worker takes over when the lease has ended. At the
end Stripe's webhooks come once more, and all are looked at again. A mutant run passes if it violates something.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.mutants import MUTANTS
from benchmarks.processes import ROOT, count_drift, manage
from benchmarks.runs import DEFAULT, Findings, play
from tests.services.postgres import Postgres

POINTS = ("granted", "marked", "committed")
KILLED = -9
GRANTS = (
    "SELECT customer.customer_id, count(entry.id) FROM billing_customer customer"
    " LEFT JOIN billing_ledgerentry entry ON entry.account_id = customer.account_id AND entry.source = 'invoice'"
    " GROUP BY 1"
)


@dataclass
class Verdict(Findings):
    """`granted_twice`, `not_granted`: customers. `survived`: workers that should have died."""

    granted_twice: int = 0
    not_granted: int = 0
    survived: int = 0


class Payments:
    """A database with customers who have paid, and the workers that look at them."""

    def __init__(self, folder: Path, mutant: str | None) -> None:
        self.folder, self.mutant, self.postgres = folder, mutant, Postgres(folder)
        self.environ = {
            "ENVIRONMENT": "local",
            "DATA_DIR": str(folder),
            "DATABASE_URL": self.postgres.url,
            "STRIPE_SECRET_KEY": "sk_test_1",
            "STRIPE_WEBHOOK_SECRETS": "whsec_1",
            "LOG_LEVEL": "ERROR",
        }

    def start(self, customers: int) -> None:
        self.postgres.start()
        manage("migrate", "--verbosity", "0", data_dir=self.folder, environ=self.environ)
        assert self.work("furnish", str(customers)) == 0

    def work(self, *arguments: str) -> int:
        """Runs a worker to its end and returns its exit status."""
        mutant = ["--mutant", self.mutant] if self.mutant else []
        command = [sys.executable, "-m", "benchmarks.payment_worker", *arguments, *mutant]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **self.environ}).returncode

    def judge(self, kills: int, statuses: list[int]) -> Verdict:
        with psycopg.connect(self.postgres.url) as connection:
            counts = [count for _, count in connection.execute(GRANTS).fetchall()]
        return Verdict(
            drift=count_drift(self.environ),
            granted_twice=sum(count > 1 for count in counts),
            not_granted=sum(count < 1 for count in counts),
            survived=sum(status != KILLED for status in statuses),
            known={"customers": len(counts), "kills": kills, "grants": sum(counts)},
        )


def run(options: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="payments-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        payments = Payments(Path(folder), options.mutant)
        try:
            payments.start(options.kills)
            points = [POINTS[number % len(POINTS)] for number in range(options.kills)]
            statuses = [payments.work("die", point) for point in points]
            for _ in range(2):
                payments.work("look")
            verdict = payments.judge(options.kills, statuses)
        finally:
            payments.postgres.kill()
    return {
        "kind": "payments",
        "seed": options.seed,
        **verdict.counts(),
        **verdict.known,
        "mutant": options.mutant,
        "violated": verdict.violated(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.payment_crashes", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--out", type=Path, default=DEFAULT)
    parser.set_defaults(seed=0, tries=1)  # nothing here is drawn by chance
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
