"""Lets guests in: answers 403 to all others before anything else, and 413 to bodies above the limit."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.cpu_node.node import Node
from jobs.cpu_node.routes.answers import empty, plain


class _TooLargeError(Exception):
    pass


class Door:
    """The application `app` of a node, for its guests."""

    def __init__(self, app: ASGIApp, node: Node) -> None:
        self.app, self.node, self.most = app, node, node.max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self.node.guests.admit(headers):
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        elif int(headers.get("content-length") or 0) > self.most:
            await _too_large(self.most)(scope, receive, send)
        else:
            await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes as they arrive, for bodies that declare no length."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most:
                raise _TooLargeError
            return message

        try:
            await self.app(scope, counted, send)
        except _TooLargeError:
            await _too_large(self.most)(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """A socket that is closed before it is accepted gets 403 too (ASGI 3.0, WebSocket close)."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await empty(403)(scope, receive, send)


def _too_large(most: int) -> Response:
    return plain(413, f"Maximum request body size {most} exceeded.")
