"""Reads the written tables: each timeline is a heading and a table in Markdown, each of its lines a step.

The first two cells of a line say when something happens and what. The others say how everything stands afterwards.
An empty cell means: as in the line above. `-` means: nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent / "tables"
WHEN, WHAT = "when", "what"
SEEN = ("plan", "subscription", "period", "credits", "debt", "next job", "told")
"""The columns that are compared. `told` is of its line alone: an empty cell means that nobody was told anything."""


@dataclass(frozen=True)
class Step:
    at: datetime
    what: str
    seen: dict[str, str]


@dataclass(frozen=True)
class Timeline:
    theme: str
    title: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.theme}: {self.title}"


def all_timelines() -> list[Timeline]:
    return [each for path in sorted(FOLDER.glob("*.md")) for each in read_tables(path.stem, path.read_text())]


def read_tables(theme: str, text: str) -> list[Timeline]:
    """The timelines of one file. Raises ValueError for a table with other columns or without steps."""
    return [_read(theme, part) for part in text.split("\n## ")[1:]]


def _read(theme: str, part: str) -> Timeline:
    title, _, rest = part.partition("\n")
    heading, _, *lines = [_cells(line) for line in rest.splitlines() if line.startswith("|")] or [[], []]
    if tuple(heading) != (WHEN, WHAT, *SEEN) or not lines:
        raise ValueError(f"{theme}, {title}: a table has the columns {(WHEN, WHAT, *SEEN)}")
    steps: list[Step] = []
    for when, what, *cells in lines:
        before = steps[-1].seen if steps else {}
        seen = {
            name: cell or ("-" if name == "told" else before[name])
            for name, cell in zip(SEEN, cells, strict=True)
        }
        steps.append(Step(_moment(when), what, seen))
    return Timeline(theme, title.strip(), tuple(steps))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
