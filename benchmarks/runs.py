"""The file of chaos runs, `var/chaos.json`: the newest RUNS_KEPT runs, each with the commit that it was made of."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT

RUNS_KEPT = 50
DEFAULT = ROOT / "var" / "chaos.json"


def append_run(path: Path, figures: dict[str, object]) -> None:
    """Adds a run; the file's own `commit` is the newest run's."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    runs = json.loads(path.read_text())["runs"][1 - RUNS_KEPT :] if path.exists() else []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"commit": commit, "runs": [*runs, {**figures, "commit": commit}]}, indent=2) + "\n"
    )
