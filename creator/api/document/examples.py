"""Examples of the document: bodies of recorded exchanges (`creator.api.openapi.exchanges_of`)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from creator.api.openapi import exchanges_of

JSON = "application/json"


def add_examples(operation: dict[str, Any]) -> None:
    """Puts the bodies of requests and of answers that are no refusals where the operation describes them."""
    for number, exchange in enumerate(exchanges_of(operation["operationId"]), 1):
        status = exchange["answer"]["status"]
        if status >= HTTPStatus.BAD_REQUEST:
            continue
        title = exchange["title"] or HTTPStatus(status).phrase
        _add(operation.get("requestBody", {}), str(number), title, exchange["request"]["body"])
        _add(operation["responses"][str(status)], str(number), title, exchange["answer"]["body"])


def _add(part: dict[str, Any], name: str, title: str, value: Any) -> None:
    if value is not None and (content := part.get("content", {}).get(JSON)):
        content.setdefault("examples", {})[name] = {"summary": title, "value": value}
