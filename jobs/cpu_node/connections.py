"""Closes an HTTP connection without an answer, for the faults that need this."""

from asyncio import BaseTransport
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_open: dict[tuple[str, int], Any] = {}


class TrackedProtocol(HttpToolsProtocol):
    """Records the transport of each client address while it is connected."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn declares a subclass
        if self.client is not None:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def abort(request: Request) -> Response:
    """Close the request's connection at once. The returned response never reaches the client."""
    address = request.scope.get("client")
    transport = _open.get((address[0], address[1])) if address else None
    if transport is not None:
        transport.abort()
    return Response(status_code=500)
