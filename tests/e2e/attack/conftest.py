"""`report`: keeps an attack's figures for the table that follows the run, and for var/attack.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.attack.harness import TREE

HERE = Path(__file__).parent
FIGURES = Path(__file__).parents[3] / "var" / "attack.json"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("attack")
            item.add_marker("services")


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`report("what was attacked", seconds_alone=1.2, …)`: figures by name, each with its unit in the name."""

    def keep(what: str, **figures: float) -> None:
        rounded = {name: float(f"{value:.4g}") for name, value in figures.items()}
        request.node.user_properties.append(("attack", (what, rounded)))

    return keep


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the figures of every attack, also of those that succeeded."""
    done = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    rows = [value for each in done for name, value in each.user_properties if name == "attack"]
    if rows:
        FIGURES.write_text(json.dumps({"tree": str(TREE or "."), "rows": rows}, indent=2) + "\n")
        terminalreporter.section("attacks")
    for what, figures in rows:
        terminalreporter.write_line(f"{what:44}" + " · ".join(f"{n} {v:g}" for n, v in figures.items()))
