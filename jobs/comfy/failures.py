"""Maps a node's refusal or failure to an error of this package.

The input shapes are ComfyUI's answer to `POST /prompt` and its `execution_error` message.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.comfy.errors import (
    ComfyError,
    DiskFull,
    ExecutionFailed,
    InvalidWorkflow,
    NodeLacksSomething,
    OutOfMemory,
)

DETAIL_LIMIT = 4000
LACKING = {"value_not_in_list", "custom_validation_failed", "missing_node_type"}
# older servers, which have no "missing_node_type"
NO_SUCH_CLASS = re.compile(r"^Cannot execute because node .* does not exist")
OUT_OF_MEMORY = re.compile(r"OutOfMemory|\bMemoryError$")
MEMORY_WORDS = re.compile(r"\bout of memory\b", re.IGNORECASE)
DISK_WORDS = re.compile(r"\[Errno 28\]|No space left on device", re.IGNORECASE)


def refusal_error(body: Mapping[str, Any]) -> ComfyError:
    """Returns the error for a 400 (or a 200 with `node_errors`).

    A refusal is NodeLacksSomething only if every reason in it is of that kind: a single error in the graph
    itself would also fail on the next node.
    """
    kinds = set(_reasons(body))
    detail = _detail(body)
    if kinds and kinds <= LACKING:
        return NodeLacksSomething(detail=detail)
    return InvalidWorkflow(detail=detail)


def execution_error(data: Mapping[str, Any]) -> ComfyError:
    """Returns the error for an `execution_error` message.

    Leaves out `current_inputs`: its tensor dumps are people's pictures.
    """
    kind = str(data.get("exception_type") or "")
    said = str(data.get("exception_message") or "")
    where = f"node {data.get('node_id')} ({data.get('node_type')})"
    traceback = "".join(str(line) for line in _list(data.get("traceback")))
    detail = f"{where}: {kind}: {said.strip()}\n{traceback}".strip()[:DETAIL_LIMIT]
    if OUT_OF_MEMORY.search(kind) or MEMORY_WORDS.search(said):
        return OutOfMemory(detail=detail)
    if DISK_WORDS.search(said):
        return DiskFull(detail=detail)
    return ExecutionFailed(detail=detail)


def _reasons(body: Mapping[str, Any]) -> Iterator[str]:
    error = _dict(body.get("error"))
    per_node = [
        str(_dict(reason).get("type"))
        for node in _dict(body.get("node_errors")).values()
        for reason in _list(_dict(node).get("errors"))
    ]
    yield from per_node
    if not per_node and error:
        unknown_class = NO_SUCH_CLASS.match(str(error.get("message")))
        yield "missing_node_type" if unknown_class else str(error.get("type"))


def _detail(body: Mapping[str, Any]) -> str:
    return json.dumps({"error": body.get("error"), "node_errors": body.get("node_errors")}, default=str)[
        :DETAIL_LIMIT
    ]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
