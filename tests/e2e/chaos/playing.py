"""Runs a chaos program of `benchmarks` from the command line and reads the figures it writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def play(program: str, *options: str, out: Path) -> dict:
    """Returns the figures of one run of `python -m benchmarks.<program>`, which must report no violation."""
    command = [sys.executable, "-m", f"benchmarks.{program}", *options, "--out", str(out)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (figures,) = json.loads(out.read_text())["runs"]
    return figures
