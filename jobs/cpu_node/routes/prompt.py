"""`/prompt`, `/queue`, `/interrupt`, `/history`, `/free`."""

import re
import uuid
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.cpu_node.connections import abort
from jobs.cpu_node.memory import release_freed_memory
from jobs.cpu_node.messages import now_ms
from jobs.cpu_node.node import Node
from jobs.cpu_node.prompts import DuplicateNumberError, Prompt
from jobs.cpu_node.routes.answers import empty, json_answer, read_json, server_error
from jobs.cpu_node.validation import Verdict, make_error, validate

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SECRET = ("auth_token_comfy_org", "api_key_comfy_org")


class _Submission:
    """The body of `POST /prompt`, read with all the quirks of the real server."""

    def __init__(self, node: Node, body: Any) -> None:
        self.body = body
        number = float(body["number"]) if "number" in body else node.prompts.take_number()
        self.number = -number if "number" not in body and "front" in body and body["front"] else number

    def refusal(self) -> dict[str, Any] | None:
        if "prompt" not in self.body:
            return make_error("no_prompt", "No prompt provided", "No prompt provided")
        wanted = self.body.get("prompt_id")
        if wanted is not None and not (isinstance(wanted, str) and UUID.fullmatch(wanted)):
            details = (
                "prompt_id must be a UUID string in canonical lowercase hyphenated form; "
                "omit it to let the server generate one"
            )
            return make_error("invalid_prompt_id", "prompt_id must be a valid UUID", details)
        return None

    def prompt(self, outputs: list[str]) -> Prompt:
        extra = dict(self.body["extra_data"]) if "extra_data" in self.body else {}
        extra = {key: value for key, value in extra.items() if key not in _SECRET}
        if "client_id" in self.body:
            extra["client_id"] = self.body["client_id"]
            if not isinstance(extra["client_id"], (str, type(None))):
                # The real server accepts it, and dies when it looks up that client's socket.
                message = "client_id is not a string"
                raise TypeError(message)
        extra["create_time"] = now_ms()
        prompt_id = self.body.get("prompt_id") or str(uuid.uuid4())
        return Prompt(self.number, prompt_id, self.body["prompt"], extra, outputs)


def _refuse(error: Any, node_errors: dict[str, Any] | None = None) -> Response:
    return json_answer({"error": error, "node_errors": node_errors or {}}, 400)


def routes(node: Node) -> list[Route]:
    queue, history = _Queue(node), _History(node)
    return [
        Route("/prompt", queue.show_length, methods=["GET"]),
        Route("/prompt", _Submit(node).submit, methods=["POST"]),
        Route("/queue", queue.show, methods=["GET"]),
        Route("/queue", queue.change, methods=["POST"]),
        Route("/interrupt", queue.interrupt, methods=["POST"]),
        Route("/free", queue.free, methods=["POST"]),
        Route("/history", history.show, methods=["GET"]),
        Route("/history", history.change, methods=["POST"]),
        Route("/history/{prompt_id}", history.show_row, methods=["GET"]),
    ]


class _Submit:
    def __init__(self, node: Node) -> None:
        self.node = node

    async def submit(self, request: Request) -> Response:
        if self.node.faults.use_up("drop_requests"):
            return abort(request)
        try:
            answer = await self.accept(await read_json(request))
        except (ValueError, TypeError, AttributeError, DuplicateNumberError):
            return server_error()
        dropped = answer.status_code == 200 and self.node.faults.use_up("drop_answers")
        return abort(request) if dropped else answer

    async def accept(self, body: Any) -> Response:
        submission = _Submission(self.node, body)
        refusal = submission.refusal()
        if refusal:
            return _refuse(refusal)
        verdict = await run_in_threadpool(self.validate, body)
        if verdict.error:
            return _refuse(verdict.error, verdict.node_errors)
        if self.node.faults.is_on("own_ids"):
            submission.body.pop("prompt_id", None)
        prompt = submission.prompt(verdict.outputs)
        self.node.prompts.put(prompt)
        answer = {"prompt_id": prompt.id, "number": prompt.number, "node_errors": verdict.node_errors}
        return json_answer(answer)

    def validate(self, body: Any) -> Verdict:
        targets = body.get("partial_execution_targets")
        return validate(body["prompt"], targets, self.node.registry, self.node.files)


class _Queue:
    def __init__(self, node: Node) -> None:
        self.node = node

    async def show_length(self, request: Request) -> Response:
        return json_answer({"exec_info": {"queue_remaining": self.node.prompts.remaining()}})

    async def show(self, request: Request) -> Response:
        running, pending = self.node.prompts.snapshot()
        return json_answer(
            {
                "queue_running": [prompt.as_row() for prompt in running],
                "queue_pending": [prompt.as_row() for prompt in pending],
            }
        )

    async def change(self, request: Request) -> Response:
        body = await read_json(request, {})
        if body.get("clear"):
            self.node.prompts.clear()
        for prompt_id in body.get("delete", []):
            self.node.prompts.delete(prompt_id)
        return empty()

    async def interrupt(self, request: Request) -> Response:
        """Without an id, interrupts the running prompt, which may be the next one by now."""
        body = await read_json(request, {})
        prompt_id = body.get("prompt_id") if isinstance(body, dict) else None
        interrupt = self.node.executor.interrupt.set
        if prompt_id is None:
            interrupt()
        else:
            self.node.prompts.if_running(prompt_id, interrupt)
        return empty()

    async def free(self, request: Request) -> Response:
        body = await read_json(request, {})
        if body.get("free_memory"):
            self.node.executor.cache.clear()
            release_freed_memory()
        return empty()


class _History:
    def __init__(self, node: Node) -> None:
        self.prompts = node.prompts

    async def show(self, request: Request) -> Response:
        max_items = request.query_params.get("max_items")
        offset = int(request.query_params.get("offset", -1))
        return json_answer(self.prompts.history(None if max_items is None else int(max_items), offset))

    async def show_row(self, request: Request) -> Response:
        prompt_id = request.path_params["prompt_id"]
        row = self.prompts.history_row(prompt_id)
        return json_answer({} if row is None else {prompt_id: row})

    async def change(self, request: Request) -> Response:
        body = await read_json(request, {})
        if body.get("clear"):
            self.prompts.forget_all()
        for prompt_id in body.get("delete", []):
            self.prompts.forget(prompt_id)
        return empty()
