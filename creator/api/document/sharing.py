"""Finishes the document: adds the examples, makes equal error answers one component, takes marks of the library out."""

from __future__ import annotations

from typing import Any

from creator.api.document.examples import add_examples

MARK = "x-spec-enum-id"


def share(*, result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """drf-spectacular calls it with the whole document."""
    shared: dict[str, Any] = {}
    for operation in _operations(result):
        add_examples(operation)
        for status, answer in operation["responses"].items():
            if codes := answer.get("x-codes"):
                name = "-or-".join(codes)
                shared[name] = answer
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    result["components"]["responses"] = dict(sorted(shared.items()))
    _unmark(result)
    return result


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _unmark(part: Any) -> None:
    if isinstance(part, dict):
        part.pop(MARK, None)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _unmark(each)
