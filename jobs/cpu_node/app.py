"""The ASGI application: all routes, behind the door that decides who may use them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from jobs.cpu_node.door import Door
from jobs.cpu_node.node import Node
from jobs.cpu_node.routes import about, fault, file, job, prompt, socket
from jobs.cpu_node.routes.answers import server_error


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
    return Door(app, node)


def _with_prefix(route: Route) -> Route:
    return Route(f"/api{route.path}", route.endpoint, methods=sorted(route.methods or ()))


async def _unknown_route(request: Request, error: Exception) -> Response:
    return Response(b"", 404, media_type="application/octet-stream")


async def _failed(request: Request, error: Exception) -> Response:
    return server_error()
