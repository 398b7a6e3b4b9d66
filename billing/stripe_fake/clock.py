"""What falls due when: renewals, retries, ends of trials, expiries. Each kind of object says its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Due:
    """Work that falls due at a moment, in seconds since 1970. `of`: the id of the object whose dates say so."""

    at: int
    work: Callable[[], object]
    of: str
    title: str


Source = Callable[[Any], Iterable[Due]]
"""Gets the world; names all that will fall due."""

_sources: list[Source] = []


def falls_due(source: Source) -> Source:
    """Registers a source."""
    _sources.append(source)
    return source


def all_due(world: Any) -> list[Due]:
    """All that will fall due, soonest first."""
    return sorted((due for source in _sources for due in source(world)), key=lambda due: due.at)


def next_due(world: Any, until: int) -> Due | None:
    """What falls due first, at `until` at the latest."""
    return next((due for due in all_due(world) if due.at <= until), None)
