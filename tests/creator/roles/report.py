"""Writes every outcome as one table, for people to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.creator.roles.doors import ROLES

Asked = tuple[str, str, str, str, str]
"""Route, method, role, expected outcome, outcome."""


def write_report(path: Path, asked: Iterable[Asked], deviations: list[str]) -> None:
    """One line for each address and method, one column for each role."""
    lines: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for route, method, role, _, got in asked:
        lines[route, method][role] = got
    table = [f"{'':52}" + "".join(f"{role:13}" for role in ROLES)]
    for (route, method), cells in lines.items():
        table.append(f"{route:43} {method:8}" + "".join(f"{cells[role]:13}" for role in ROLES))
    total = f"{len(lines)} addresses and methods × {len(ROLES)} roles: {len(deviations)} deviations"
    path.write_text("\n".join([*table, total, *deviations]) + "\n")
