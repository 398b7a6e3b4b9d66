"""A JSON schema as rows for people: each field with its type in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEEPEST = 3
WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
FORMATS = {
    "uuid": "id",
    "date-time": "time",
    "date": "day",
    "uri": "address",
    "email": "email address",
    "binary": "file",
}
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {}",
}
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class FieldRow:
    """`name` has the path of a nested field: `artifacts[].url`."""

    name: str
    kind: str
    text: str = ""
    required: bool = False


def rows_of(document: Schema, schema: Schema, before: str = "", depth: int = 0) -> Iterator[FieldRow]:
    """The fields of an object, with those of the objects in it. Of several alternatives: all fields."""
    schema = resolved(document, schema)
    for alternative in [each for each in schema.get("oneOf", ()) if each.get("type") != "null"]:
        yield from rows_of(document, alternative, before, depth)
    required = schema.get("required", ())
    for name, value in schema.get("properties", {}).items():
        found = resolved(document, value)
        row_name = f"{before}{name}"
        yield FieldRow(row_name, kind_of(document, value), text_of(value, found), name in required)
        if depth < DEEPEST:
            yield from rows_of(document, found.get("items", found), f"{row_name}{_step(found)}", depth + 1)


def kind_of(document: Schema, schema: Schema) -> str:
    """The type in words, such as `id or null`."""
    if "oneOf" in schema:
        return " or ".join(dict.fromkeys(kind_of(document, each) for each in schema["oneOf"]))
    schema = resolved(document, schema)
    if "enum" in schema:
        return "one of " + ", ".join(str(each) if each != "" else "nothing" for each in schema["enum"])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = [
        FORMATS.get(schema.get("format", ""), WORDS[kind]) if kind != "null" else "null" for kind in kinds
    ]
    return " or ".join(words) or "any value"


def text_of(value: Schema, found: Schema | None = None) -> str:
    """The description, or that of the schema `found` behind a reference; then the bounds and the default."""
    behind = found or {}
    said = [value.get("description") or ("" if "properties" in behind else behind.get("description", ""))]
    said += [words.format(value[bound]) for bound, words in BOUNDS.items() if bound in value]
    if value.get("default") not in (None, "", [], {}):
        said.append(f"default {json.dumps(value['default'])}")
    return "; ".join(each for each in said if each)


def resolved(document: Schema, schema: Schema) -> Schema:
    """The schema that a `$ref` names."""
    found: Schema = schema
    while "$ref" in found:
        part: Any = document
        for name in found["$ref"].removeprefix("#/").split("/"):
            part = part[name]
        found = part
    return found


def _step(found: Schema) -> str:
    return "[]." if "items" in found else "."
