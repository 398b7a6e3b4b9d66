"""Searches every column of every table for words, whatever the table's purpose: what is stored of a person is found."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

TABLES = {
    "postgresql": "SELECT table_name FROM information_schema.tables"
    " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
}


def traces_in_rows(cursor: Any, vendor: str, words: Iterable[str]) -> set[tuple[str, str, str]]:
    """(table, column, word) wherever a word occurs: as text, in JSON, in bytes, in sessions.

    Case and the hyphens of UUIDs do not matter.
    """
    wanted = {each: _flat(each) for each in words}
    assert all(len(each) > 5 for each in wanted.values()), "short words are found anywhere"
    cursor.execute(TABLES[vendor])
    found = set()
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            for column, value in zip(columns, row, strict=True):
                text = _flat(" ".join(_readings(value)))
                found |= {(table, column, word) for word, flat in wanted.items() if flat in text}
    return found


def _flat(text: str) -> str:
    return text.lower().replace("-", "")


def _readings(value: Any) -> Iterator[str]:
    """The value as text, and what is encoded in it."""
    if isinstance(value, dict | list):
        yield json.dumps(value, default=str)
        return
    if isinstance(value, bytes | memoryview):
        value = bytes(value).decode("utf-8", "replace")
    text = str(value)
    yield text
    if ":" in text and len(text) > 60:
        yield _signed(text)


def _signed(text: str) -> str:
    """What `django.core.signing.dumps` has written, as the rows of sessions; empty for anything else."""
    body = text.split(":")[0]
    try:
        raw = base64.urlsafe_b64decode(body.lstrip(".") + "=" * (-len(body.lstrip(".")) % 4))
        return (zlib.decompress(raw) if body.startswith(".") else raw).decode()
    except (ValueError, zlib.error):
        return ""
