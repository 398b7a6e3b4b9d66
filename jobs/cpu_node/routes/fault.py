"""`/faults`, only where faults are allowed. `jobs.cpu_node.faults` documents them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.cpu_node.node import Node
from jobs.cpu_node.routes.answers import json_answer, read_json


def routes(node: Node) -> list[Route]:
    async def show(request: Request) -> Response:
        return json_answer(node.faults.show())

    async def change(request: Request) -> Response:
        try:
            wanted = await read_json(request, {})
            node.faults.change(wanted)
        except (ValueError, AttributeError) as error:
            return json_answer({"error": str(error)}, 400)
        if wanted.get("deaf"):
            node.sockets.deafen()
        return json_answer(node.faults.show())

    return [Route("/faults", show, methods=["GET"]), Route("/faults", change, methods=["POST"])]
