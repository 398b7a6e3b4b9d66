"""Django's ASGI handler, for request bodies as clients send them.

Django reads a body only if the request says how long it is, and a form's file only if its name is UTF-8.
This handler measures the body that has arrived, and rewrites such names before Django reads them.
"""

from __future__ import annotations

import os
from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler
from django.utils.http import parse_header_parameters

from creator.http.form_names import FormRequest
from creator.http.part_headers import with_readable_headers

CONTENT_LENGTH, CONTENT_TYPE = b"content-length", b"content-type"
FORM = "multipart/form-data"


class BodyHandler(ASGIHandler):
    """Serves Django. `creator.http.body_limit` has bounded the body before it gets here."""

    request_class = FormRequest

    def create_request(self, scope: Any, body_file: IO[bytes]) -> Any:
        """As Django's, with the measured length in place of a missing or false Content-Length.

        A body sent in chunks has no length of its own (RFC 9112, section 7.1).
        """
        length = body_file.seek(0, os.SEEK_END)
        body_file.seek(0)
        headers = [each for each in scope["headers"] if each[0] != CONTENT_LENGTH]
        if length:
            headers.append((CONTENT_LENGTH, b"%d" % length))
        boundary = _boundary_of(headers)
        body = with_readable_headers(body_file, boundary) if boundary else body_file
        return super().create_request({**scope, "headers": headers}, body)


def _boundary_of(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The boundary of a form with files; empty for other bodies."""
    given = dict(headers).get(CONTENT_TYPE, b"").decode("latin-1")
    kind, parameters = parse_header_parameters(given)
    return parameters.get("boundary", "").encode("latin-1") if kind == FORM else b""
