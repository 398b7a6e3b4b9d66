"""Changing an object's fields by parameters of the same names."""

from __future__ import annotations

from typing import Any


def set_fields(row: dict[str, Any], given: dict[str, Any]) -> None:
    """Sets the given fields; of metadata only the given names, and empty text removes one."""
    for name, value in given.items():
        if name == "metadata":
            together = (row["metadata"] or {}) | value if value else {}
            row["metadata"] = {key: each for key, each in together.items() if each != ""}
        else:
            row[name] = None if value == "" else value
