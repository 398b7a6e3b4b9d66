"""Writes `models.py` and `calls.py` from the API's OpenAPI document, and `async_client.py` from `client.py`.

    python clients/python/generate.py [--check]

With `--check` it only says whether they are what it would write.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from twin import twin_of

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "openapi.json"
PACKAGE = HERE / "src" / "creator_client"
METHODS = ("get", "post", "put", "patch", "delete")
TUS = "/api/v1/uploads/parts"
LONGEST_ENUM = 12
"""Longer ones, such as all time zones, are plain text."""
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
Schema = dict[str, Any]


def models_of(document: Schema) -> str:
    """The bodies and answers as TypedDicts, by datamodel-code-generator."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "openapi.json", Path(folder) / "models.py"
        source.write_text(json.dumps(_plain(document)))
        options = ["--input-file-type=openapi", "--output-model-type=typing.TypedDict", "--disable-timestamp"]
        options += ["--target-python-version=3.11", "--use-union-operator", "--use-standard-collections"]
        options += ["--use-schema-description", "--formatters=builtin"]
        command = [sys.executable, "-m", "datamodel_code_generator", f"--input={source}", f"--output={made}"]
        subprocess.run([*command, *options], check=True)
        text = made.read_text().partition("from __future__")[2]
    text = text.replace("from typing_extensions import TypedDict\n", "")
    text = text.replace("NotRequired\n", "NotRequired, TypedDict\n", 1)
    return f'"""Bodies and answers of the API. Written by generate.py."""\n\nfrom __future__{text}'


def _plain(schema: Any) -> Any:
    """Without what TypedDicts cannot say, or what only lengthens them."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _plain(value) for name, value in schema.items() if name != "additionalProperties"}
    if len(kept.get("enum", ())) > LONGEST_ENUM:
        del kept["enum"]
    return kept


def calls_of(document: Schema) -> str:
    """A function for each operation with a JSON body or none; uploads of files are written by hand.

    None for those of tus, which say in headers what is asked: clients of tus exist.
    """
    calls = [
        _call(method, path, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
        if method in METHODS and _takes_json(operation) and not path.startswith(TUS)
    ]
    head = '''
        """The operations of the API. Written by generate.py."""

        from __future__ import annotations

        from typing import Any, Literal

        from creator_client import models
        from creator_client.call import Call
    '''
    return dedent(head).lstrip() + "".join(f"\n\n{call}" for call in calls)


def _takes_json(operation: Schema) -> bool:
    content = operation.get("requestBody", {}).get("content", {})
    return not content or "application/json" in content


def _call(method: str, path: str, operation: Schema) -> str:
    asked = [each for each in operation.get("parameters", ()) if "$ref" not in each]
    in_path = [f"{each['name']}: str" for each in asked if each["in"] == "path"]
    query = [each for each in asked if each["in"] == "query"]
    options = [f"{_safe(each['name'])}: {_type(each['schema'])} | None = None" for each in query]
    words = [*in_path, *_body(operation), *(["*", *options] if options else [])]
    answer = " | ".join(dict.fromkeys(_answers(operation))) or "None"
    sent = [repr(method.upper()), f"f{path!r}" if in_path else repr(path)]
    if query:
        sent.append("query={" + ", ".join(f"{each['name']!r}: {_safe(each['name'])}" for each in query) + "}")
    if _body(operation):
        sent.append("body={**body}")
    if any(each.get("$ref", "").endswith("/Idempotency-Key") for each in operation.get("parameters", ())):
        sent.append("repeatable=True")
    text = f"{operation['summary'].rstrip('.')}."
    return (
        f"def {operation['operationId']}({', '.join(words)}) -> Call[{answer}]:\n"
        f'    """{text}"""\n    return Call({", ".join(sent)})\n'
    )


def _safe(name: str) -> str:
    return f"{name}_" if name in ("from", "to") else name


def _body(operation: Schema) -> list[str]:
    if "requestBody" not in operation:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return [f"body: {_type(schema)}"]


def _answers(operation: Schema) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        content = answer.get("content", {})
        if "application/json" in content:
            yield from _type(content["application/json"]["schema"]).split(" | ")
        elif content and "text/event-stream" not in content:
            yield "bytes"
        else:
            yield "None"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(map(_type, schema[several])))
    if 0 < len(schema.get("enum", ())) <= LONGEST_ENUM:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'])}]"
    return TYPES.get(str(schema.get("type")), "Any")


def wanted() -> dict[Path, str]:
    """Path → text, formatted as the rest of the project."""
    document = json.loads(DOCUMENT.read_text())
    texts = {
        PACKAGE / "models.py": models_of(document),
        PACKAGE / "calls.py": calls_of(document),
        PACKAGE / "async_client.py": twin_of((PACKAGE / "client.py").read_text()),
    }
    return {path: _formatted(text, path) for path, text in texts.items()}


def _formatted(text: str, path: Path) -> str:
    for command in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(path), "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    stale = [path for path, text in wanted().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stdout.write(f"{path.name} is out of date: run make openapi\n")
        return bool(stale)
    for path, text in wanted().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
