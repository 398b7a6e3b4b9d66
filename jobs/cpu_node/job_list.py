"""Prompts as `/api/jobs` shows them."""

from typing import Any

from jobs.cpu_node.prompts import Prompt

STATES = ("pending", "in_progress", "completed", "failed", "cancelled")
Job = dict[str, Any]


def describe_waiting(prompt: Prompt, status: str) -> Job:
    """A waiting or running prompt."""
    return _drop_none(
        {
            "id": prompt.id,
            "status": status,
            "priority": prompt.number,
            "create_time": prompt.extra_data.get("create_time"),
            "outputs_count": 0,
            "workflow_id": _workflow_id(prompt.extra_data),
        }
    )


def describe_done(prompt_id: str, row: dict[str, Any], *, full: bool = False) -> Job:
    """A row of the history. `full` adds outputs, messages and graph."""
    number, _, graph, extra_data, _ = row["prompt"]
    messages: dict[str, dict[str, Any]] = dict(row["status"]["messages"])
    end = row["status"]["messages"][-1][1] if messages else {}
    count, preview = _summarise(row["outputs"])
    job = {
        "id": prompt_id,
        "status": _status(row, messages),
        "priority": number,
        "create_time": extra_data.get("create_time"),
        "execution_start_time": messages.get("execution_start", {}).get("timestamp"),
        "execution_end_time": end.get("timestamp"),
        "execution_error": messages.get("execution_error"),
        "outputs_count": count,
        "preview_output": preview,
        "workflow_id": _workflow_id(extra_data),
    }
    if full:
        job["outputs"] = row["outputs"]
        job["execution_status"] = row["status"]
        job["workflow"] = {"prompt": graph, "extra_data": extra_data}
    return _drop_none(job)


def _status(row: dict[str, Any], messages: dict[str, Any]) -> str:
    if row["status"]["status_str"] == "success":
        return "completed"
    return "cancelled" if "execution_interrupted" in messages else "failed"


def _summarise(outputs: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
    """The number of outputs, and the one to show: a saved one if there is any, else a temporary one."""
    items = [
        {**item, "nodeId": node_id, "mediaType": kind} if isinstance(item, dict) else {}
        for node_id, shown in outputs.items()
        for kind, entries in shown.items()
        for item in entries
    ]
    shown = [item for item in items if item]
    saved = [item for item in shown if item.get("type") == "output"]
    return len(items), next(iter(saved or shown), None)


def _workflow_id(extra_data: dict[str, Any]) -> str | None:
    identifier = extra_data.get("extra_pnginfo", {}).get("workflow", {}).get("id")
    return None if identifier is None else str(identifier)


def _drop_none(job: Job) -> Job:
    return {key: value for key, value in job.items() if value is not None}
