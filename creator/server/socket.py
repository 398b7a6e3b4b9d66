"""uvicorn's WebSocket connection for sockets that only send: what clients send is bounded and dropped."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from creator.http.refusals import raw_refusal
from creator.lib.errors import Refused
from creator.lib.networks import network_of
from creator.server.config import SiteConfig

MOST_FRAMES = 100
"""Frames of messages that a client may send in all. No socket of ours takes messages; a few do no harm."""


class BoundedSocket(WebSocketsSansIOProtocol):
    """The rest of a connection whose HTTP request asked for a socket."""

    config: SiteConfig
    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.config.admission.hold(self, network_of(self.client[0] if self.client else ""))

    def connection_lost(self, exc: Exception | None) -> None:
        self.config.admission.release(self)
        super().connection_lost(exc)

    def give_way(self) -> None:
        """Drops the connection."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:  # although the first call brings the whole head
            refused = Refused("malformed_request", "This is not a handshake that we can read.")
            self.transport.write(raw_refusal(refused))
            self.transport.close()

    def handle_text(self, event: Frame) -> None:
        self._drop()

    handle_bytes = handle_cont = handle_text

    def handle_ping(self) -> None:
        """As uvicorn's, unless the client does not read: pongs would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()

    def _drop(self) -> None:
        self.taken += 1
        if self.taken > MOST_FRAMES and not self.close_sent:
            self.conn.fail(CloseCode.POLICY_VIOLATION, "This socket takes no messages.")
            self.handle_parser_exception()
