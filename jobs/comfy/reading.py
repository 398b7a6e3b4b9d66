"""Parses a node's JSON within bounds of memory and depth."""

from __future__ import annotations

import json
import threading
from typing import Any

MOST_PARTS = 600_000
"""Values and keys of one answer. Each takes up to 170 bytes once it is parsed, so the answer at most 100 MB."""
MOST_DEPTH = 64
LARGE = 256 * 1024
_one_large = threading.Lock()


def parse_json(content: bytes) -> dict[str, Any] | None:
    """The JSON object, or None if it is anything else, has too many parts or is nested too deeply.

    One large answer is parsed at a time in this process.
    """
    if len(content) < LARGE:
        return _parse(content)
    with _one_large:
        return _parse(content)


def read_text(value: object, most: int) -> str:
    """A node's text, cut to `most` characters, without what a database refuses: NUL, halves of surrogate pairs."""
    return str(value)[:most].replace("\0", "").encode(errors="replace").decode()


def _parse(content: bytes) -> dict[str, Any] | None:
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MOST_PARTS:
        return None
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and not _is_deep(body) else None


def _is_deep(body: dict[str, Any]) -> bool:
    """Whether a value lies deeper than MOST_DEPTH. Goes through the containers level by level."""
    level: list[Any] = [body]
    for _ in range(MOST_DEPTH):
        inner = (value for each in level for value in (each.values() if isinstance(each, dict) else each))
        level = [value for value in inner if isinstance(value, (dict, list))]
        if not level:
            return False
    return True
