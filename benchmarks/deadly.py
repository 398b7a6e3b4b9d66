"""A worker that kills itself at a point of a photo's way through a watched folder, if a file of that name asks for it.

`python -m benchmarks.deadly NAME worker …` runs a management command, with the mutant NAME or `none`. The environment
variable DEADLY names the folder in which the files lie; the process that takes one away dies, with its children.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

POINTS = ("submitted", "taken", "written", "delivered")
"""The job's row is there but not committed; it is committed, the delivery is not done; a result lies in the folder but
the row does not know; the rows know, the delivery is not done."""


def make_deadly(folder: Path) -> None:
    """Puts a death behind the function that leads to each point."""
    from drive import delivery, intake
    from drive.sources.folder import FolderSource

    for place, name, point in (
        (intake, "submit_batch", "submitted"),
        (intake, "_submit", "taken"),
        (FolderSource, "write", "written"),
        (delivery, "_write_all", "delivered"),
    ):
        setattr(place, name, _deadly(getattr(place, name), folder / point))


def _deadly(work: Callable[..., Any], asks: Path) -> Callable[..., Any]:
    @wraps(work)
    def work_and_die(*arguments: Any, **named: Any) -> Any:
        result = work(*arguments, **named)
        try:
            asks.unlink()
        except FileNotFoundError:
            return result
        os.killpg(0, signal.SIGKILL)
        return result

    return work_and_die


def main() -> None:
    mutant, *arguments = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    from benchmarks.mutants import MUTANTS

    if mutant != "none":
        MUTANTS[mutant]()
    make_deadly(Path(os.environ["DEADLY"]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    main()
