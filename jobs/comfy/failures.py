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
    GpuFailed,
    InputLost,
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
LOADS_PHOTO = re.compile(r"^LoadImage")
NO_PHOTO = re.compile(r"\bInvalid image file: ")
GPU_WORDS = re.compile(
    r"\b(CUDA|HIP) error\b|\bCUDNN_STATUS_|\bCUBLAS_STATUS_|\bdevice-side assert|\bGPU is lost\b",
    re.IGNORECASE,
)
MODEL_WORDS = re.compile(
    r"SafetensorError|deserializing header|PytorchStreamReader failed|invalid load key", re.IGNORECASE
)
DISK_WORDS = re.compile(r"\[Errno 28\]|No space left on device", re.IGNORECASE)


def refusal_error(body: Mapping[str, Any]) -> ComfyError:
    """Returns the error for a 400 (or a 200 with `node_errors`).

    A refusal is InputLost or NodeLacksSomething only if every reason in it is of that kind: a single error in
    the graph itself would also fail on the next node.
    """
    reasons = list(_reasons(body))
    detail = _detail(body)
    if reasons and all(NO_PHOTO.search(details) for _, details in reasons):
        return InputLost(detail=detail)
    if reasons and {kind for kind, _ in reasons} <= LACKING:
        return NodeLacksSomething(detail=detail)
    return InvalidWorkflow(detail=detail)


def execution_error(data: Mapping[str, Any]) -> ComfyError:
    """Returns the error for an `execution_error` message.

    Leaves out `current_inputs`: its tensor dumps are people's pictures.
    """
    exception = str(data.get("exception_type") or "")
    said = str(data.get("exception_message") or "")
    step, node_type = str(data.get("node_id")), str(data.get("node_type"))
    traceback = "".join(str(line) for line in _list(data.get("traceback")))
    detail = f"node {step} ({node_type}): {exception}: {said.strip()}\n{traceback}".strip()
    kind = _kind_of(exception, said, node_type)
    return ExecutionFailed(detail=detail, step=step) if kind is ExecutionFailed else kind(detail=detail)


def _kind_of(exception: str, said: str, node_type: str) -> type[ComfyError]:
    """A photo was sound when it was uploaded, so a step that cannot load it found it damaged or gone."""
    if OUT_OF_MEMORY.search(exception) or MEMORY_WORDS.search(said):
        return OutOfMemory
    if DISK_WORDS.search(said):
        return DiskFull
    if GPU_WORDS.search(f"{exception} {said}"):
        return GpuFailed
    if LOADS_PHOTO.match(node_type):
        return InputLost
    return NodeLacksSomething if MODEL_WORDS.search(f"{exception} {said}") else ExecutionFailed


def _reasons(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Type and details of each reason."""
    error = _dict(body.get("error"))
    per_node = [
        (str(_dict(reason).get("type")), str(_dict(reason).get("details")))
        for node in _dict(body.get("node_errors")).values()
        for reason in _list(_dict(node).get("errors"))
    ]
    yield from per_node
    if not per_node and error:
        unknown_class = NO_SUCH_CLASS.match(str(error.get("message")))
        yield ("missing_node_type" if unknown_class else str(error.get("type"))), ""


def _detail(body: Mapping[str, Any]) -> str:
    return json.dumps({"error": body.get("error"), "node_errors": body.get("node_errors")}, default=str)[
        :DETAIL_LIMIT
    ]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
