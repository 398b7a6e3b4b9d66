"""Reads ComfyUI's JSON answers into this package's types. Malformed fields count as absent, never raise."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

from jobs.comfy.errors import ExecutionFailed, Interrupted
from jobs.comfy.failures import execution_error
from jobs.comfy.reading import read_text
from jobs.comfy.types import (
    Capabilities,
    EndedRun,
    NodeInfo,
    NodeQueue,
    OutputFile,
    PromptState,
    PromptStatus,
)

JOB_STATUS: dict[str, PromptStatus] = {
    "pending": "pending",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}  # "in_progress", and any name that a later server gives an unfinished job, counts as running
FILE_CHOICE = re.compile(r"(_name\d*|_file)$")
WORKER_DEATH = re.compile(r"Exception in thread [^\n]*\(prompt_worker\)")
NOT_A_FILE = {"sampler_name"}
MOST = 2**63
MOST_NAMES, LONGEST_NAME = 20_000, 300
"""Of node classes and of model files; a full server has about 5,000."""
LONGEST_RUN_S = 86_400.0


def read_job(body: Mapping[str, Any]) -> PromptState:
    """Reads `GET /api/jobs/{id}` (ComfyUI 0.6 and later)."""
    status = JOB_STATUS.get(str(body.get("status")), "running")
    failure = body.get("execution_error")
    error = None
    if status == "failed":
        error = execution_error(failure) if isinstance(failure, dict) else ExecutionFailed()
    if status == "cancelled":
        error = Interrupted()
    return PromptState(
        status=status,
        outputs=read_outputs(body.get("outputs")),
        error=error,
        started_at_ms=read_int(body.get("execution_start_time")),
        ended_at_ms=read_int(body.get("execution_end_time")),
    )


def read_history(row: Mapping[str, Any]) -> PromptState:
    """Reads one row of `GET /history/{id}`: an ended prompt on servers without `/api/jobs`."""
    status = _dict(row.get("status"))
    messages = {str(name): _dict(data) for name, data in _pairs(status.get("messages"))}
    started = read_int(messages.get("execution_start", {}).get("timestamp"))
    outputs = read_outputs(row.get("outputs"))
    for name, kind in (("execution_interrupted", "cancelled"), ("execution_error", "failed")):
        if name in messages:
            error = Interrupted() if kind == "cancelled" else execution_error(messages[name])
            ended = read_int(messages[name].get("timestamp"))
            return PromptState(cast(PromptStatus, kind), outputs, error, started, ended)
    if status.get("status_str") == "error":
        return PromptState("failed", outputs, ExecutionFailed(), started)
    return PromptState(
        "completed", outputs, None, started, read_int(messages.get("execution_success", {}).get("timestamp"))
    )


def read_ended(entries: Iterable[tuple[str, PromptState]]) -> list[EndedRun]:
    """The prompts of a list of ended ones that say when they began and ended."""
    return [
        EndedRun(prompt_id, min(max(0, state.ended_at_ms - state.started_at_ms) / 1000, LONGEST_RUN_S))
        for prompt_id, state in entries
        if state.status == "completed" and state.started_at_ms is not None and state.ended_at_ms is not None
    ]


def read_job_list(body: Mapping[str, Any]) -> list[EndedRun]:
    """Reads `GET /api/jobs` (ComfyUI 0.6 and later)."""
    rows = [row for row in _list(body.get("jobs")) if isinstance(row, dict)]
    return read_ended((str(row.get("id")), read_job(row)) for row in rows)


def read_whole_history(body: Mapping[str, Any]) -> list[EndedRun]:
    """Reads `GET /history`."""
    return read_ended((name, read_history(row)) for name, row in body.items() if isinstance(row, dict))


def read_worker_death(body: Mapping[str, Any]) -> bool:
    """Whether `GET /internal/logs/raw` tells of an exception that ended the thread which runs prompts.

    Python writes "Exception in thread Thread-1 (prompt_worker):" before the traceback (threading.excepthook).
    """
    lines = [str(_dict(entry).get("m")) for entry in _list(body.get("entries"))]
    return WORKER_DEATH.search("".join(lines)) is not None


def read_queue(body: Mapping[str, Any]) -> NodeQueue:
    """Reads `GET /queue`. Rows are [number, prompt id, ...].

    Waiting rows come in heap order; the node runs them by number, then id.
    """
    return NodeQueue(_prompt_ids(body.get("queue_running")), _prompt_ids(body.get("queue_pending")))


def _prompt_ids(rows: object) -> tuple[str, ...]:
    found = [
        (row[0] if isinstance(row[0], int | float) else 0, row[1])
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, list) and len(row) > 1 and isinstance(row[1], str)
    ]
    return tuple(prompt_id for _, prompt_id in sorted(found))


def read_outputs(outputs: object) -> dict[str, tuple[OutputFile, ...]]:
    """Returns every file of every output node; leaves out text and other outputs without a file name."""
    found = {
        read_text(node, LONGEST_NAME): tuple(read_files(output)) for node, output in _dict(outputs).items()
    }
    return {node: files for node, files in found.items() if files}


def read_files(output: object) -> Iterator[OutputFile]:
    """Yields the files of one node's output, e.g. {"images": [{"filename", "subfolder", "type"}]}."""
    for items in _dict(output).values():
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and isinstance(item.get("filename"), str):
                parts = (item["filename"], item.get("subfolder") or "", item.get("type") or "output")
                yield OutputFile(*(read_text(part, LONGEST_NAME) for part in parts))


def read_info(body: Mapping[str, Any]) -> NodeInfo:
    """Reads `GET /system_stats`. Takes the first of several devices, because ComfyUI computes on that one."""
    devices = body.get("devices")
    device = _dict(devices[0]) if isinstance(devices, list) and devices else {}
    kind = str(device.get("type") or "unknown")
    return NodeInfo(
        version=read_text(_dict(body.get("system")).get("comfyui_version") or "unknown", LONGEST_NAME),
        device=read_text(device.get("name") or kind, LONGEST_NAME),
        vram_total=_read_bytes(device.get("vram_total")),
        vram_free=_read_bytes(device.get("vram_free")),
        is_cpu=kind == "cpu",
    )


def read_capabilities(body: Mapping[str, Any]) -> Capabilities:
    """Reads `GET /object_info`, but not the files in the input folder (LoadImage's list): they are people's."""
    models = (
        choice
        for info in body.values()
        for group in _dict(_dict(info).get("input")).values()
        for name, spec in _dict(group).items()
        if FILE_CHOICE.search(name) and name not in NOT_A_FILE
        for choice in _choices(spec)
    )
    return Capabilities(classes=_names(body), models=_names(models))


def _names(found: Iterable[str]) -> frozenset[str]:
    """The first MOST_NAMES of them; one that is longer than LONGEST_NAME is none that a preset needs."""
    short = (read_text(name, LONGEST_NAME) for name in found if len(name) <= LONGEST_NAME)
    return frozenset(islice(short, MOST_NAMES))


def _choices(spec: object) -> Iterable[str]:
    if not isinstance(spec, list) or not spec:
        return []
    options = spec[0]
    if options == "COMBO" and len(spec) > 1:
        options = _dict(spec[1]).get("options")
    return [choice for choice in options if isinstance(choice, str)] if isinstance(options, list) else []


def _pairs(value: object) -> list[tuple[object, object]]:
    return [(entry[0], entry[1]) for entry in _list(value) if isinstance(entry, list) and len(entry) == 2]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_bytes(value: object) -> int | None:
    size = read_int(value)
    return size if size is not None and size >= 0 else None


def read_int(value: object) -> int | None:
    """Returns a number as an int; None for anything else, including infinity and numbers beyond 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST:
        return None
    return int(value)
