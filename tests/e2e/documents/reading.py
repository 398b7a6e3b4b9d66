"""Reads what a page tells its readers to do: commands in `sh` blocks, and files in other blocks.

`<!-- not run: reason -->` above a block says that a test cannot run it, and why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n+)?^```(?P<kind>\w+)\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
CELL = re.compile(r"^\| `((?:make|\.venv/bin/)[^`]*)` \|", re.MULTILINE)
COMMENT = re.compile(r"\s+#\s.*$")


@dataclass(frozen=True)
class Command:
    """One command as it is written, without its comment. `reason`: why no test runs it; empty if one does."""

    text: str
    reason: str = ""


def commands(page: str) -> list[Command]:
    """Every command of a page in the order of its `sh` blocks. A quote or `\\` continues a line."""
    return [
        Command(line, block["reason"] or "")
        for block in BLOCK.finditer(page)
        if block["kind"] == "sh"
        for line in _lines(block["text"])
    ]


def cells(page: str) -> list[str]:
    """The commands in the first columns of a page's tables."""
    return CELL.findall(page)


def files(page: str, kind: str) -> list[str]:
    """The content of each block of that kind, such as `ini`."""
    return [block["text"] for block in BLOCK.finditer(page) if block["kind"] == kind]


def _lines(text: str) -> list[str]:
    found: list[str] = []
    begun = ""
    for line in text.splitlines():
        begun = f"{begun}\n{line}" if begun else line
        if begun.endswith("\\") or begun.count("'") % 2:
            continue
        if command := COMMENT.sub("", begun).strip():
            found.append(command)
        begun = ""
    return found
