"""`/api/jobs`: queue and history in one list. Exists only with the `/api` prefix."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.cpu_node.job_list import STATES, Job, describe_done, describe_waiting
from jobs.cpu_node.node import Node
from jobs.cpu_node.routes.answers import empty, json_answer, read_json
from jobs.cpu_node.routes.prompt import UUID


def routes(node: Node) -> list[Route]:
    jobs = _Jobs(node)
    return [
        Route("/api/jobs", jobs.show, methods=["GET"]),
        Route("/api/jobs/cancel", jobs.cancel_many, methods=["POST"]),
        Route("/api/jobs/{job_id}", jobs.show_one, methods=["GET"]),
        Route("/api/jobs/{job_id}/cancel", jobs.cancel_one, methods=["POST"]),
    ]


class _Jobs:
    def __init__(self, node: Node) -> None:
        self.node = node

    async def show(self, request: Request) -> Response:
        if self.node.faults.is_on("old_node"):
            return empty(404)
        try:
            return json_answer(_list(self.node, dict(request.query_params)))
        except ValueError as error:
            return json_answer({"error": str(error)}, 400)

    async def show_one(self, request: Request) -> Response:
        if self.node.faults.is_on("old_node"):
            return empty(404)
        job = _find(self.node, request.path_params["job_id"])
        return json_answer({"error": "Job not found"}, 404) if job is None else json_answer(job)

    async def cancel_one(self, request: Request) -> Response:
        if self.node.faults.is_on("old_node"):
            return empty(404)
        return json_answer({"cancelled": _cancel(self.node, request.path_params["job_id"])})

    async def cancel_many(self, request: Request) -> Response:
        if self.node.faults.is_on("old_node"):
            return empty(404)
        wanted = (await read_json(request, {})).get("job_ids", [])
        invalid = [item for item in wanted if not (isinstance(item, str) and UUID.fullmatch(item))]
        if invalid:
            return json_answer({"error": "job_ids contains invalid id(s)", "invalid_ids": invalid}, 400)
        results = [_cancel(self.node, job_id) for job_id in wanted]
        return json_answer({"cancelled": any(results)})


def _cancel(node: Node, job_id: str) -> bool:
    """Interrupt the prompt if it runs, remove it if it waits. True even if its last node still completes."""
    if node.prompts.if_running(job_id, node.executor.interrupt.set):
        return True
    if not node.prompts.delete(job_id):
        return False
    # The real server sends the new queue length twice after a cancel.
    node.sockets.broadcast_status()
    return True


def _find(node: Node, job_id: str) -> Job | None:
    running, pending, history = node.prompts.snapshot_all()
    for prompts, status in ((running, "in_progress"), (pending, "pending")):
        for prompt in prompts:
            if prompt.id == job_id:
                return describe_waiting(prompt, status)
    row = history.get(job_id)
    return None if row is None else describe_done(job_id, row, full=True)


def _list(node: Node, query: dict[str, str]) -> dict[str, Any]:
    states = _read_states(query)
    limit, offset = (
        _read_whole(query, "limit", 1, "positive"),
        _read_whole(query, "offset", 0, "non-negative") or 0,
    )
    running, pending, history = node.prompts.snapshot_all()
    jobs = [describe_waiting(prompt, "pending") for prompt in pending]
    jobs += [describe_waiting(prompt, "in_progress") for prompt in running]
    jobs += [describe_done(prompt_id, row) for prompt_id, row in history.items()]
    jobs = [job for job in jobs if job["status"] in states]
    if query.get("workflow_id"):
        jobs = [job for job in jobs if job.get("workflow_id") == query["workflow_id"]]
    jobs.sort(
        key=_sort_key(query.get("sort_by", "created_at")), reverse=query.get("sort_order", "desc") != "asc"
    )
    page = jobs[offset:] if limit is None else jobs[offset : offset + limit]
    more = offset + len(page) < len(jobs)
    return {
        "jobs": page,
        "pagination": {"offset": offset, "limit": limit, "total": len(jobs), "has_more": more},
    }


def _read_states(query: dict[str, str]) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in query.get("status", "").split(",") if part.strip())
    invalid = [state for state in wanted if state not in STATES]
    if invalid:
        message = f"Invalid status value(s): {', '.join(invalid)}. Valid values: {', '.join(STATES)}"
        raise ValueError(message)
    return wanted or STATES


def _read_whole(query: dict[str, str], name: str, least: int, kind: str) -> int | None:
    if name not in query:
        return None
    try:
        value = int(query[name])
    except ValueError:
        value = least - 1
    if value < least:
        message = f"{name} must be a {kind} integer"
        raise ValueError(message)
    return value


def _sort_key(name: str) -> Any:
    if name == "execution_duration":
        return lambda job: job.get("execution_end_time", 0) - job.get("execution_start_time", 0)
    if name != "created_at":
        message = f"sort_by must be created_at or execution_duration, not {name}"
        raise ValueError(message)
    return lambda job: job.get("create_time", 0)
