"""Where a look goes on: the change logs' pages, and what of a listing is left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cursor:
    """`folders` maps the ids that were asked for to Drive's own (an alias such as "root" has another) and the shared
    drive they are in; both are empty for a folder that was gone.

    `logs` maps a shared drive, or "" for the person's own log, to the page to read next. `left`: folders still to
    be listed, the first of them from `page` on.
    """

    folders: Mapping[str, tuple[str, str]]
    logs: Mapping[str, str] = field(repr=False)
    left: Sequence[str] = ()
    page: str = field(default="", repr=False)


def write_cursor(cursor: Cursor) -> str:
    """As text, to be stored."""
    row = {
        "folders": dict(cursor.folders),
        "logs": dict(cursor.logs),
        "left": list(cursor.left),
        "page": cursor.page,
    }
    return json.dumps(row, separators=(",", ":"), sort_keys=True)


def read_cursor(text: str | None) -> Cursor | None:
    """None if there is none, or it is none of ours."""
    try:
        row = json.loads(text or "")
        folders = {folder: (str(own), str(drive)) for folder, (own, drive) in row["folders"].items()}
        return Cursor(folders, dict(row["logs"]), list(row["left"]), str(row["page"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
