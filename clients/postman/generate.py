"""Writes the Postman collection (format 2.1) from the API's OpenAPI document.

python clients/postman/generate.py [--check]
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "openapi.json"
COLLECTION = HERE / "creator.postman_collection.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
METHODS = ("get", "post", "put", "patch", "delete")
EXAMPLES = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
Values = dict[str, Any]


def collection_of(document: Values) -> Values:
    """A folder for each tag. `site` and `key` are variables of the collection."""
    folders: dict[str, list[Values]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                folders[operation["tags"][0]].append(_item(document, path, method, operation))
    return {
        "info": {"name": document["info"]["title"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "variable": [{"key": "site", "value": "http://127.0.0.1:8000"}, {"key": "key", "value": ""}],
        "item": [{"name": tag, "item": items} for tag, items in sorted(folders.items())],
    }


def _item(document: Values, path: str, method: str, operation: Values) -> Values:
    asked = [_resolved(document, each) for each in operation.get("parameters", ())]
    request: Values = {"method": method.upper(), "description": operation["summary"]}
    request["header"] = [
        {
            "key": each["name"],
            "value": str(_example(document, each["schema"])),
            "disabled": not each.get("required"),
        }
        for each in asked
        if each["in"] == "header"
    ]
    request["url"] = {
        "raw": "{{site}}" + re.sub(r"\{(\w+)\}", r":\1", path),
        "host": ["{{site}}"],
        "path": [re.sub(r"\{(\w+)\}", r":\1", part) for part in path.strip("/").split("/")],
        "query": [
            {"key": each["name"], "value": "", "disabled": True} for each in asked if each["in"] == "query"
        ],
        "variable": [{"key": each["name"], "value": ""} for each in asked if each["in"] == "path"],
    }
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        request["body"] = {"mode": "formdata", "formdata": [{"key": "file", "type": "file", "src": []}]}
    elif "application/json" in content:
        example = _example(document, content["application/json"]["schema"])
        options = {"raw": {"language": "json"}}
        request["body"] = {"mode": "raw", "raw": json.dumps(example, indent=2), "options": options}
    elif content:
        request["body"] = {"mode": "file", "file": {"src": ""}}
        request["header"].append({"key": "Content-Type", "value": next(iter(content))})
    return {"name": operation["operationId"], "request": request}


def _resolved(document: Values, part: Values) -> Values:
    """The part itself, or the component that its `$ref` names."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].split("/")[-2:]
    found: Values = document["components"][kind][name]
    return found


def _example(document: Values, schema: Values) -> Any:
    """A body with its required fields; others have defaults."""
    schema = _resolved(document, schema)
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return _example(document, schema[several][0])
    if "properties" in schema:
        needed = schema.get("required", ())
        return {
            name: _example(document, each) for name, each in schema["properties"].items() if name in needed
        }
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    return EXAMPLES[kind if isinstance(kind, str) else kind[0]]


def main() -> int:
    text = json.dumps(collection_of(json.loads(DOCUMENT.read_text())), indent=1, ensure_ascii=False) + "\n"
    if "--check" in sys.argv:
        return int(not COLLECTION.exists() or COLLECTION.read_text() != text)
    COLLECTION.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
