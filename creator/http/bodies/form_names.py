"""Reads forms without losing letters of file names.

Django decodes HTML entities in names and drops every character that Python calls unprintable: joiners in
emoji and in Indic names, tags, spaces of other scripts, letters of a newer Unicode version than Python's. This
request keeps all of them. `jobs.uploads.metadata.text` cleans the names that are stored or shown.
"""

from __future__ import annotations

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http.multipartparser import MultiPartParser

from creator.http.bodies.spool import Spool
from creator.lib.errors import Refused

SPOOL, REFUSED = "creator.spool", "creator.refused"
"""Keys of an ASGI scope: the body that has arrived; why it was refused."""


class FormRequest(ASGIRequest):
    """Django's request, whose forms keep the names of files. `spool` and `refused` are those of its scope."""

    def __init__(self, scope: Any, body_file: Any) -> None:
        super().__init__(scope, body_file)
        self.spool: Spool | None = scope.get(SPOOL)
        self.refused: Refused | None = scope.get(REFUSED)

    def parse_file_upload(self, META: Any, post_data: Any) -> Any:  # noqa: N803 - the name that Django gives it
        """Returns fields and files of the form. Raises MultiPartParserError."""
        return _FormParser(META, post_data, self.upload_handlers, self.encoding).parse()


class _FormParser(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str | None:
        """Returns the name without folders, or None if nothing is left."""
        base = file_name.replace("\\", "/").rsplit("/", 1)[-1]
        return None if base in ("", ".", "..") else base
