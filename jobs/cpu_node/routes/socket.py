"""`/ws?clientId=`: the events of one client's prompts."""

import asyncio
import contextlib
import json
import uuid

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from jobs.cpu_node.messages import event
from jobs.cpu_node.node import Node
from jobs.cpu_node.routes.about import features_of
from jobs.cpu_node.sockets import Socket


def routes(node: Node) -> list[WebSocketRoute]:
    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        client_id = websocket.query_params.get("clientId") or uuid.uuid4().hex

        async def send(message: str | bytes) -> None:
            if isinstance(message, str):
                await websocket.send_text(message)
            else:
                await websocket.send_bytes(message)

        socket = Socket(send)
        node.sockets.register(client_id, socket)
        socket.post(node.sockets.status(client_id))
        running = node.executor.current_node
        if running is not None and node.executor.client_id == client_id:
            socket.post(event("executing", {"node": running}))
        await _serve(node, client_id, websocket, socket)

    return [WebSocketRoute("/ws", listen), WebSocketRoute("/api/ws", listen)]


async def _serve(node: Node, client_id: str, websocket: WebSocket, socket: Socket) -> None:
    """Serve the socket until the client disconnects or its outbox overflows."""
    reading = _read(websocket, socket, features_of(node))
    tasks = [asyncio.ensure_future(reading), asyncio.ensure_future(socket.deliver())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        node.sockets.unregister(client_id)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close()


async def _read(websocket: WebSocket, socket: Socket, features: dict[str, object]) -> None:
    """Read messages until the client disconnects. Only the first one counts: it may negotiate features."""
    first = True
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if first:
                _negotiate(socket, message.get("text"), features)
            first = False


def _negotiate(socket: Socket, text: str | None, features: dict[str, object]) -> None:
    try:
        message = json.loads(text or "")
    except ValueError:
        return
    if isinstance(message, dict) and message.get("type") == "feature_flags":
        socket.wants_metadata = bool((message.get("data") or {}).get("supports_preview_metadata"))
        socket.post(event("feature_flags", features))
