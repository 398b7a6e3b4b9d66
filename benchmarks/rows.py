"""Rows of figures: a value and the same measurement of a baseline in the same run; as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

from benchmarks.processes import ROOT


@dataclass
class Row:
    """`value` and `baseline` are medians of `runs` interleaved runs in `unit`; `ratio` is value ÷ baseline."""

    name: str
    value: float
    unit: str
    baseline_name: str = ""
    baseline: float | None = None
    ratio: float | None = None
    runs: int = 1
    note: str = ""


def compare(
    name: str,
    values: Sequence[float],
    unit: str,
    baseline_name: str,
    baselines: Sequence[float],
    note: str = "",
) -> Row:
    """A row of both medians. The ratio is the median of the ratios of each run."""
    ratios = [value / baseline for value, baseline in zip(values, baselines, strict=True) if baseline]
    ratio = round(median(ratios), 3) if ratios else None
    return Row(
        name, _round(median(values)), unit, baseline_name, _round(median(baselines)), ratio, len(values), note
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """The interpolated percentile, such as the 50th or 95th. A single value is returned as is."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def write_rows(path: Path, rows: Sequence[Row], *, load: tuple[float, float, float]) -> None:
    """Writes the JSON that scripts read. `load` is the machine's load before the first run."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    machine = {
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": load,
        "load_after": os.getloadavg(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {"commit": commit, "machine": machine, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(figures, indent=2) + "\n")


def show(rows: Sequence[Row]) -> None:
    print(f"{'':34}{'value':>10} {'unit':8}{'baseline':>10} {'ratio':>7} {'runs':>5}  compared with")
    for row in rows:
        baseline = "" if row.baseline is None else f"{row.baseline:g}"
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        remark = " · ".join(part for part in (row.baseline_name, row.note) if part)
        print(f"{row.name:34}{row.value:>10g} {row.unit:8}{baseline:>10} {ratio:>7} {row.runs:>5}  {remark}")


def _round(value: float) -> float:
    return float(f"{value:.4g}")
