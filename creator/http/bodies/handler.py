"""Django's ASGI handler, for bodies that `creator.http.bodies.door` has read and clients that may go."""

from __future__ import annotations

import asyncio
from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from creator.http.bodies.form_names import SPOOL, FormRequest
from creator.http.bodies.spool import Spool
from creator.http.later import finish_waiting
from creator.lib.client_gone import noticing_clients_that_go

CONTENT_LENGTH = b"content-length"


class BodyHandler(ASGIHandler):
    """Serves Django."""

    request_class = FormRequest

    def create_request(self, scope: Any, body_file: IO[bytes]) -> Any:
        """As Django's, with the body and its measured length in place of the declared one.

        A body sent in chunks has no length of its own (RFC 9112, section 7.1), and Django would not read it.
        """
        spool: Spool | None = scope.get(SPOOL)
        length = spool.finish() if spool else 0
        headers = [each for each in scope["headers"] if each[0] != CONTENT_LENGTH]
        if length:
            headers.append((CONTENT_LENGTH, b"%d" % length))
        body = spool.outline if spool else body_file
        return super().create_request({**scope, "headers": headers}, body)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """As Django's, which is cancelled when the client goes; a thread that works for it goes on unless it looks."""
        with noticing_clients_that_go() as gone:
            try:
                return await super().get_response_async(request)
            except asyncio.CancelledError:
                gone.set()
                raise

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        """As Django's, once the answer need not wait any more."""
        await finish_waiting(response)
        await super().send_response(response, send)
