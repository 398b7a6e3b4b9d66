"""Lines of CSV (RFC 4180) that a spreadsheet opens as data and never as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
"""Excel reads a file as UTF-8 only if it begins with it."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins with one of these is run by a spreadsheet (OWASP, CSV Injection)."""


def csv_lines(rows: Iterable[Iterable[str | int]]) -> Iterator[str]:
    """One line a row, the first with the byte order mark. Text that could be a formula gets an apostrophe before it."""
    before = BYTE_ORDER_MARK
    for row in rows:
        line = StringIO()
        csv.writer(line).writerow([_as_data(cell) for cell in row])
        yield before + line.getvalue()
        before = ""


def _as_data(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
