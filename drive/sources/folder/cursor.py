"""What is known of each folder between two looks, as text."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

VERSION = 1


@dataclass
class Seen:
    """A file that may still be written: its size and time of change (ns) since `at`, by our clock."""

    size: int
    changed: int
    at: float


@dataclass
class Known:
    """One folder. Times in nanoseconds are those of its file system, others are seconds of our clock."""

    stamp: list[int] = field(default_factory=list)
    """Times of the directory when the newest scan began: of its entries, and of itself."""
    since: float = 0.0
    """When we first saw it with that stamp."""
    is_final: bool = False
    """Whether the newest scan began so long after `since` that the same stamp means the same entries."""
    mark: int = 0
    """Scans look for files that changed then or later; 0: for all."""
    is_scanning: bool = False
    """Whether the newest scan has to go on, with the names that follow `after`."""
    after: str = ""
    waiting: dict[str, Seen] = field(default_factory=dict)
    """Files by their names, as in ids, until they are whole."""
    found: dict[str, list[int]] = field(default_factory=dict)
    """Size and time of change of files that were found and changed so lately that a scan meets them again."""


def dump(known: dict[str, Known]) -> str:
    """ASCII, because names in ids have no undecodable bytes and JSON escapes the rest."""
    return json.dumps({"version": VERSION, "folders": known}, default=vars)


def load(cursor: str | None, folders: Collection[str]) -> dict[str, Known]:
    """What is known of these folders; nothing of those that the cursor does not name or that cannot be read."""
    fresh = {folder: Known() for folder in folders}
    try:
        stored = json.loads(cursor or "{}")
        if stored.get("version") != VERSION:
            return fresh
        return fresh | {f: _known(stored["folders"][f]) for f in folders if f in stored["folders"]}
    except (ValueError, TypeError, KeyError, AttributeError):
        return fresh


def _known(values: dict[str, object]) -> Known:
    known = Known(**values)  # type: ignore[arg-type]
    known.waiting = {name: Seen(**seen) for name, seen in known.waiting.items()}  # type: ignore[arg-type]
    return known
