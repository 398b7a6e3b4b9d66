"""The ASGI application: all routes, the request size limit, and the rejection of cross-site requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.cpu_node.node import Node
from jobs.cpu_node.routes import about, fault, file, job, prompt, socket
from jobs.cpu_node.routes.answers import empty, plain, server_error

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def build_app(node: Node) -> ASGIApp:
    """Return the application of a node. The node's worker thread starts with the server."""
    plain_routes = [*prompt.routes(node), *file.routes(node), *about.routes(node)]
    routes: list[BaseRoute] = [*plain_routes, *map(_with_prefix, plain_routes)]
    routes += [*job.routes(node), *socket.routes(node)]
    if node.faults_allowed:
        routes += fault.routes(node)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        node.sockets.start(asyncio.get_running_loop())
        node.start_worker()
        yield

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={404: _unknown_route, Exception: _failed},
    )
    return _Guard(app, node.max_upload)


def _with_prefix(route: Route) -> Route:
    return Route(f"/api{route.path}", route.endpoint, methods=sorted(route.methods or ()))


async def _unknown_route(request: Request, error: Exception) -> Response:
    return Response(b"", 404, media_type="application/octet-stream")


async def _failed(request: Request, error: Exception) -> Response:
    return server_error()


class _TooLargeError(Exception):
    pass


class _Guard:
    """Answers 413 to bodies above the limit, and 403 to cross-site requests: no web page may drive the node."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if _is_foreign(request):
            await empty(403)(scope, receive, send)
        elif int(request.headers.get("content-length") or 0) > self.most:
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


def _too_large(most: int) -> Response:
    return plain(413, f"Maximum request body size {most} exceeded.")


def _is_foreign(request: Request) -> bool:
    if request.headers.get("sec-fetch-site") == "cross-site":
        return True
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if not origin or urlsplit(f"//{host}").hostname not in _LOOPBACK:
        return False
    return urlsplit(origin).netloc.lower() != host.lower()
