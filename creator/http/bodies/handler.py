"""Django's ASGI handler, for bodies that `creator.http.bodies.door` has read."""

from __future__ import annotations

from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler

from creator.http.bodies.form_names import SPOOL, FormRequest
from creator.http.bodies.spool import Spool

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
