"""uvicorn's HTTP connection with bounds: size of a head, time for it, requests at once, readers that stand still."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from creator.http.refusals import raw_refusal
from creator.lib.errors import Refused
from creator.lib.networks import network_of
from creator.server.config import SiteConfig
from creator.server.head import HEAD_BYTES, HeadSize, HeadTooLarge

HEAD_S = 10.0
"""Seconds for a request's first line and headers, from the first byte, or from the connection if it is new."""
STALL_S = 30.0
"""Seconds in which a reader must take something of an answer of which more than 64 KiB wait for it."""
LINGER_S, LINGER_BYTES = 1.0, 1024**2
"""How long and how much a refused client may still send: closing on unread bytes could lose the answer."""
LINGERING = 100
"""Refused clients beyond a full site that are still told so."""
MOST_AT_ONCE = 16
"""Requests that may wait on one connection for the answer to an earlier one."""

TOO_LARGE = Refused(
    "head_too_large",
    f"The address and headers of this request are larger than {HEAD_BYTES // 1000} kB. Delete the site's cookies.",
)
TOO_SLOW = Refused("too_slow", f"The headers of this request did not arrive within {HEAD_S:.0f} seconds.")
MALFORMED = Refused("malformed_request", "This is not a request that we can read.")


class BoundedHttp(HttpToolsProtocol):
    """A connection that `SiteConfig.admission` counts, until it ends or becomes a socket."""

    config: SiteConfig

    def __init__(
        self, config: SiteConfig, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head = HeadSize()
        self._expects_head = True
        self._turned_away: Refused | None = None
        self._is_refused = False
        self._lingered = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        try:
            self.config.admission.admit(self, network_of(self.client[0] if self.client else ""))
        except Refused as refused:
            self._turned_away = refused
            if len(self.connections) > self.config.admission.most + LINGERING:
                self.transport.abort()
            self._timer = self.loop.call_later(LINGER_S, self.transport.abort)
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        _cancel(self._stall)
        super().connection_lost(exc)

    def give_way(self) -> None:
        """Drops the connection, which waits for a request, because another one needs its place."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self._linger(len(data))
            return
        if self._turned_away:  # clients take an answer only after they began to ask
            self._refuse(self._turned_away)
            return
        self._unset_keepalive_if_required()
        if self._expects_head and self._timer is None:
            self._expect_head()
        try:
            self._head.arrive(len(data))
            self.parser.feed_data(data)
            self._head.check()
        except HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        except (HttpParserError, HeadTooLarge) as error:
            is_large = isinstance(error.__context__ or error, HeadTooLarge)  # the parser wraps what we raise
            self._refuse(TOO_LARGE if is_large else MALFORMED)

    # What the parser finds.

    def on_message_begin(self) -> None:
        self._head.begin()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._head.add_to_address(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head.add_header(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head.progress()
        self._expects_head = False
        self._timer = _cancel(self._timer)
        self.config.admission.works(self)
        super().on_headers_complete()
        if len(self.pipeline) > MOST_AT_ONCE:
            raise HeadTooLarge  # ends the connection without an answer, since an earlier one is not complete

    def on_body(self, body: bytes) -> None:
        self._head.progress()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._expects_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.pipeline:
            self.config.admission.waits(self)

    def handle_websocket_upgrade(self) -> None:
        self._leave()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        self._stall = self.loop.call_later(STALL_S, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stall = _cancel(self._stall)
        super().resume_writing()

    def _expect_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_S, self._end_waiting)

    def _end_waiting(self) -> None:
        if self.flow.read_paused:  # an earlier request is still being answered: it is our turn
            self._expect_head()
        elif self._head.has_begun:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()  # it never said anything: browsers open connections in advance

    def _linger(self, size: int) -> None:
        self._lingered += size
        if self._lingered > LINGER_BYTES:
            self.transport.abort()

    def _leave(self) -> None:
        self._timer = _cancel(self._timer)
        self.config.admission.release(self)

    def _refuse(self, refused: Refused) -> None:
        """Answers and closes. Says nothing in the middle of another answer."""
        self._is_refused = True
        self._leave()
        self.config.refusals.add(refused.code, self.client)
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
            return
        self.transport.write(raw_refusal(refused))
        self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_S, self.transport.abort)


def _cancel(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Cancels the timer; returns what stands for none."""
    if timer is not None:
        timer.cancel()
    return None
