"""Shared by chaos runs: their findings, and the file `var/chaos.json` with the newest RUNS_KEPT runs."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from benchmarks.processes import ROOT

RUNS_KEPT = 50
DEFAULT = ROOT / "var" / "chaos.json"


@dataclass
class Findings:
    """Counts of violations, which must all be 0; subclasses add more. `known`: other figures of the run."""

    lost: int = 0
    duplicated: int = 0
    double_settled: int = 0
    drift: int = 0
    unfinished: int = 0
    known: dict[str, object] = field(default_factory=dict, kw_only=True)

    def counts(self) -> dict[str, int]:
        """Name → count of all violations."""
        return {name: value for name, value in vars(self).items() if name != "known"}

    def violated(self) -> list[str]:
        return [name for name, value in self.counts().items() if value]


def play(run: Callable[[argparse.Namespace], dict[str, object]], options: argparse.Namespace) -> NoReturn:
    """Runs, saves and prints the figures. Exits with 0 if nothing was violated; with `mutant`, if a try was.

    A mutant may need several tries: a late holder does harm only at certain moments, which not every seed
    produces.
    """
    if options.mutant is None:
        sys.exit(_is_violated(run, options))
    seeds = range(options.seed, options.seed + options.tries)
    tries = (argparse.Namespace(**vars(options) | {"seed": seed}) for seed in seeds)
    sys.exit(not any(_is_violated(run, each) for each in tries))


def _is_violated(run: Callable[[argparse.Namespace], dict[str, object]], options: argparse.Namespace) -> bool:
    print(f"seed {options.seed}, mutant: {options.mutant or 'none'}", flush=True)
    figures = run(options)
    append_run(options.out, figures)
    print(json.dumps(figures), flush=True)
    return bool(figures["violated"])


def append_run(path: Path, figures: dict[str, object]) -> None:
    """Adds a run to the file. The file's top-level `commit` is that of the newest run."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    runs = json.loads(path.read_text())["runs"][1 - RUNS_KEPT :] if path.exists() else []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"commit": commit, "runs": [*runs, {**figures, "commit": commit}]}, indent=2) + "\n"
    )
