"""What falls due when: renewals, retries, ends of trials, expiries. Each kind of object says its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Due:
    """Work that falls due at a moment, in seconds since 1970."""

    at: int
    work: Callable[[], object]


Source = Callable[[Any], Iterable[Due]]
"""Gets the world; names all that will fall due."""

_sources: list[Source] = []


def falls_due(source: Source) -> Source:
    """Registers a source."""
    _sources.append(source)
    return source


def next_due(world: Any, until: int) -> Due | None:
    """What falls due first, at `until` at the latest."""
    found = [due for source in _sources for due in source(world) if due.at <= until]
    return min(found, key=lambda due: due.at, default=None)
