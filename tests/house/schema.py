"""As much of JSON Schema as docs/socket.schema.json uses; a keyword that is not known here fails."""

from datetime import datetime
from typing import Any
from uuid import UUID

TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "null": type(None),
    "boolean": bool,
}
FORMATS = {"uuid": UUID, "date-time": datetime.fromisoformat}
SILENT = {"description", "title", "$schema", "$defs"}


def problems(value: Any, schema: dict, root: dict, at: str = "") -> list[str]:
    """What is wrong with the value, as `field: what`; none if it fits."""
    found = []
    for keyword, wanted in schema.items():
        if keyword not in SILENT:
            found += [f"{at}: {words}" for words in CHECKS[keyword](value, wanted, schema, root, at)]
    return found


def _type(value, wanted, *_):
    names = [wanted] if isinstance(wanted, str) else wanted
    fits = any(isinstance(value, TYPES[name]) and (name == "boolean" or value is not True) for name in names)
    return [] if fits and (value is not False or "boolean" in names) else [f"{value!r} is not {wanted}"]


def _properties(value, wanted, schema, root, at):
    inside = [(name, part) for name, part in wanted.items() if isinstance(value, dict) and name in value]
    return [problem for name, part in inside for problem in problems(value[name], part, root, f"{at}.{name}")]


def _format(value, wanted, *_):
    try:
        FORMATS[wanted](value or "2026-01-01")
    except ValueError:
        return [f"{value!r} is no {wanted}"]
    return []


def _one_of(value, wanted, schema, root, at):
    tried = [problems(value, part, root, at) for part in wanted]
    return [] if sum(not found for found in tried) == 1 else [f"fits {sum(not f for f in tried)} of {tried}"]


def _ref(value, wanted, schema, root, at):
    return problems(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, at)


CHECKS = {
    "type": _type,
    "properties": _properties,
    "format": _format,
    "oneOf": _one_of,
    "$ref": _ref,
    "enum": lambda value, wanted, *_: [] if value in wanted else [f"{value!r} is none of {wanted}"],
    "minimum": lambda value, wanted, *_: [] if value is None or value >= wanted else [f"{value} < {wanted}"],
    "maximum": lambda value, wanted, *_: [] if value is None or value <= wanted else [f"{value} > {wanted}"],
    "required": lambda value, wanted, *_: [
        f"{name} is missing" for name in wanted if value and name not in value
    ],
    "additionalProperties": lambda value, wanted, schema, *_: [
        f"{name} is not in the schema" for name in (value or {}) if name not in schema["properties"]
    ],
}
