"""The table of errors in docs/api.md."""

from __future__ import annotations

from creator.lib.error_codes import CODES

START, END = "<!-- errors: make openapi writes this -->\n", "<!-- end of errors -->\n"


def with_table(text: str) -> str:
    """The text with the table between its markers. Raises ValueError if they are missing."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError("docs/api.md lacks the markers around its table of errors.")
    return f"{before}{START}\n{_table()}\n{END}{after}"


def _table() -> str:
    rows = [f"| {code.status} | `{name}` | {code.cause} | {code.remedy} |\n" for name, code in CODES.items()]
    return "".join(["| status | code | why | what to do |\n", "| --- | --- | --- | --- |\n", *rows])
