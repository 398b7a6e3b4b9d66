"""Google's own discovery document of Drive v3, as a check on the fake and on those who call it.

The package `google-api-python-client` ships it (Apache-2.0). Only its data file is read; none of its code is imported.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from importlib.metadata import distribution
from typing import Any

from jsonschema import Draft202012Validator

from drive.google_fake.calls import Call, Reply, read_row
from drive.google_fake.errors import GoogleError
from drive.google_fake.fields import Mask, read_mask
from drive.google_fake.uploads import read_parts

PATH = re.compile(r"(?P<upload>/upload)?/drive/v3/(?P<path>.+)")
TEXTS = {"int64": r"-?\d+", "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"}
VALUES = {"boolean": r"true|false", "integer": r"-?\d+"}
ABOUT_THE_CALL = (400, 403)
"""What the fake answers to calls that Drive would not take: tests make them on purpose."""


class Discovery:
    """A watcher of the fake's server: what the document has against any call or answer is in `faults`."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def __call__(self, call: Call, reply: Reply) -> None:
        found = faults(call, reply)
        self.faults += [f"{call.method} {call.path}: {fault}" for fault in found]


@functools.cache
def document() -> dict[str, Any]:
    """The whole document."""
    files = distribution("google-api-python-client").files or []
    path = next(each for each in files if each.name == "drive.v3.json").locate()
    row: dict[str, Any] = json.loads(path.read_text())
    return row


@functools.cache
def methods() -> dict[str, dict[str, Any]]:
    """The methods by their names, as `files.list`."""
    resources = document()["resources"]
    return {f"{r}.{m}": row for r, each in resources.items() for m, row in each.get("methods", {}).items()}


def faults(call: Call, reply: Reply) -> list[str]:
    """What the document has against a call of Drive and its answer. Empty: nothing."""
    match = PATH.fullmatch(call.path)
    if match is None:
        return []
    if match["upload"] and "upload_id" in call.query:  # a session, of which the document says nothing
        return _answer_faults(methods()["files.create"], call, reply) if reply.status == 200 else []
    method = _find(call.method, match["path"])
    if method is None or (match["upload"] and "mediaUpload" not in method):
        return [] if reply.status == 404 else ["no such method"]
    about_call = [] if reply.status in ABOUT_THE_CALL else _call_faults(method, call)
    return about_call + _answer_faults(method, call, reply)


def _find(verb: str, path: str) -> dict[str, Any] | None:
    """Paths without variables come first: `files/generateIds` is no `files/{fileId}`."""
    for method in sorted(methods().values(), key=lambda row: row["path"].count("{")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", method["path"])
        if method["httpMethod"] == verb and re.fullmatch(pattern, path):
            return method
    return None


def _call_faults(method: dict[str, Any], call: Call) -> list[str]:
    known = document()["parameters"] | method.get("parameters", {})
    found = [
        fault for name, value in call.query.items() for fault in _value_faults(known.get(name), name, value)
    ]
    row = _row(call)
    if row and "request" not in method:
        found.append("a body where there is none")
    elif row:
        found += _schema_faults(method["request"]["$ref"], row)
    return found + _mask_faults(method, call.query.get("fields", ""))


def _row(call: Call) -> dict[str, Any]:
    match call.query.get("uploadType"):
        case "media":
            return {}
        case "multipart":
            return read_parts(call)[0]
    return read_row(call.body)


def _value_faults(known: dict[str, Any] | None, name: str, value: str) -> list[str]:
    if known is None or known.get("location") != "query":
        return [f"unknown parameter {name}"]
    if not re.fullmatch(VALUES.get(known["type"], ".*"), value, re.DOTALL):
        return [f"{name} is no {known['type']}"]
    if "enum" in known and value not in known["enum"]:
        return [f"{name} is none of {known['enum']}"]
    if known["type"] == "integer" and not _is_within(int(value), known):
        return [f"{name} is out of bounds"]
    return []


def _is_within(value: int, known: Mapping[str, str]) -> bool:
    return int(known.get("minimum", value)) <= value <= int(known.get("maximum", value))


def _mask_faults(method: dict[str, Any], fields: str) -> list[str]:
    if not fields:
        return []
    try:
        mask = read_mask(fields)
    except GoogleError as error:
        return [error.message]
    return _unknown(method.get("response", {}), mask, "")


def _unknown(schema: dict[str, Any], mask: Mask, above: str) -> list[str]:
    """The names of a mask that its schema does not have."""
    schema = document()["schemas"][schema["$ref"]] if "$ref" in schema else schema
    schema = schema["items"] if schema.get("type") == "array" else schema
    schema = document()["schemas"][schema["$ref"]] if "$ref" in schema else schema
    if "additionalProperties" in schema:
        return []
    found: list[str] = []
    for name, below in mask.items():
        if name == "*":
            continue
        inner = schema.get("properties", {}).get(name)
        found += [f"no field {above}{name}"] if inner is None else _unknown(inner, below, f"{above}{name}/")
    return found


def _answer_faults(method: dict[str, Any], call: Call, reply: Reply) -> list[str]:
    if reply.status >= 400:
        return _error_faults(reply)
    if isinstance(reply.body, bytes):
        is_media = call.query.get("alt") == "media" and method.get("supportsMediaDownload")
        return [] if is_media else ["bytes that nobody asked for"]
    if reply.body is None:
        is_session = call.query.get("uploadType") == "resumable" and "Location" in reply.headers
        return [] if is_session or "response" not in method else ["no answer"]
    if "response" not in method:
        return ["an answer where there is none"]
    return _schema_faults(method["response"]["$ref"], reply.body)


def _error_faults(reply: Reply) -> list[str]:
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    is_whole = isinstance(error, dict) and error.get("code") == reply.status and error.get("errors")
    return [] if is_whole or reply.status == 499 else ["an error out of shape"]


def _schema_faults(name: str, row: dict[str, Any]) -> list[str]:
    errors = _validator(name).iter_errors(row)
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in errors]


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    schemas = {key: _converted(row) for key, row in document()["schemas"].items()}
    return Draft202012Validator({"$ref": f"#/schemas/{name}", "schemas": schemas})


def _converted(row: dict[str, Any]) -> dict[str, Any]:
    """A schema of the document as JSON Schema, in which unknown fields are errors and none is needed."""
    if "$ref" in row:
        return {"$ref": f"#/schemas/{row['$ref']}"}
    if row["type"] == "any":
        return {}
    schema = {"type": row["type"]} | {key: row[key] for key in ("enum",) if key in row}
    if row["type"] == "array":
        schema["items"] = _converted(row["items"])
    if row["type"] == "string" and row.get("format") in TEXTS:
        schema["pattern"] = f"^({TEXTS[row['format']]})$"
    if row["type"] == "object":
        schema["properties"] = {key: _converted(each) for key, each in row.get("properties", {}).items()}
        more = row.get("additionalProperties")
        schema["additionalProperties"] = _converted(more) if more else False
    return schema
