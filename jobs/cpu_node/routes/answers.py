"""Answers in the form of ComfyUI's web server."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response


def json_answer(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json; charset=utf-8")


def empty(status: int = 200) -> Response:
    return Response(b"", status)


def server_error() -> Response:
    return plain(500, "500 Internal Server Error\n\nServer got itself in trouble")


def plain(status: int, text: str) -> Response:
    return Response(text, status, media_type="text/plain; charset=utf-8")


async def read_json(request: Request, default: Any = None) -> Any:
    """The body as JSON, or the default if it is empty. Raises ValueError for anything else."""
    body = await request.body()
    return json.loads(body) if body else default
