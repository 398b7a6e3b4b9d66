"""Spends one balance from many processes at once, and counts what was sold beyond it.

    python -m benchmarks.oversell [--processes 16] [--submits 200] [--credits 50] [--mutant looks_first]

On a PostgreSQL of its own. All processes begin at once and submit jobs of one credit for the same person. A mutant run
passes if it violates something.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.mutants import MUTANTS
from benchmarks.processes import ROOT, count_drift, manage
from benchmarks.runs import DEFAULT, Findings, play
from tests.services.postgres import Postgres


@dataclass
class Verdict(Findings):
    """`oversold`: submits accepted beyond the credits. `left`: credits that are still available."""

    oversold: int = 0
    left: int = 0


class Spenders:
    """A database with one person's credits, and the processes that spend them."""

    def __init__(self, folder: Path, mutant: str | None) -> None:
        self.postgres = Postgres(folder)
        self.folder = folder
        self.environ = {
            **os.environ,
            "ENVIRONMENT": "local",
            "DATABASE_URL": self.postgres.url,
            "DATA_DIR": str(folder),
            "LOG_LEVEL": "ERROR",
        }
        self.mutant = ["--mutant", mutant] if mutant else []

    def start(self, credits: int) -> None:
        self.postgres.start()
        manage("migrate", "--verbosity", "0", data_dir=self.folder, environ=self.environ)
        subprocess.run([*self._command("furnish"), str(credits)], cwd=ROOT, env=self.environ, check=True)

    def spend(self, processes: int, submits: int) -> tuple[int, float]:
        """Lets them all spend at once. Returns how many submits were accepted, and the seconds they took."""
        spenders = [
            subprocess.Popen(
                [*self._command("spend"), str(number), str(submits), *self.mutant],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(processes)
        ]
        for spender in spenders:
            assert spender.stdout is not None
            assert spender.stdout.readline() == "ready\n"
        began = time.monotonic()
        for spender in spenders:
            assert spender.stdin is not None
            spender.stdin.write("go\n")
            spender.stdin.flush()
        accepted = sum(int(spender.communicate()[0]) for spender in spenders)
        return accepted, time.monotonic() - began

    def left(self) -> int:
        with psycopg.connect(self.postgres.url) as connection:
            found = connection.execute("SELECT available FROM billing_creditaccount").fetchone()
        return int(found[0]) if found else 0

    def _command(self, what: str) -> list[str]:
        return [sys.executable, "-m", "benchmarks.spender", what]


def run(options: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="oversell-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        spenders = Spenders(Path(folder), options.mutant)
        try:
            spenders.start(options.credits)
            accepted, seconds = spenders.spend(options.processes, options.submits)
            verdict = Verdict(
                lost=max(0, options.credits - accepted),
                drift=count_drift(spenders.environ),
                oversold=max(0, accepted - options.credits),
                left=spenders.left(),
                known={
                    "submits": options.processes * options.submits,
                    "accepted": accepted,
                    "seconds": round(seconds, 1),
                },
            )
        finally:
            spenders.postgres.kill()
    return {
        "kind": "oversell",
        "seed": options.seed,
        **verdict.counts(),
        **verdict.known,
        "mutant": options.mutant,
        "violated": verdict.violated(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.oversell", description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--submits", type=int, default=200)
    parser.add_argument("--credits", type=int, default=50)
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--out", type=Path, default=DEFAULT)
    parser.set_defaults(seed=0, tries=1)  # nothing here is drawn by chance
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
