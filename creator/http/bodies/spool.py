"""Where a body waits on this machine: once, never twice, and not longer than its request."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO

from django.conf import settings

from creator.http.bodies.form_splitter import FormSplitter
from creator.lib.scratch import scratch_folder

IN_MEMORY = 64 * 1024
"""Bytes of a body that are kept in memory; more are written to a file that has no name."""
TOKEN_LENGTH = 32
BEYOND = 8
"""Parts that Django may meet before it refuses a form for having too many: what is before and after them."""


class Spool:
    """A body as it arrives. Of a form (`boundary`), each file goes into a file of its own.

    `outline` is what Django reads: the whole body, but with a form's files replaced by their tokens. `files`
    has the path by the token, which a sender cannot guess. Without `keep_files` the files are dropped as they
    arrive. Everything is deleted when the block ends.
    """

    def __init__(self, boundary: bytes = b"", *, keep_files: bool = True) -> None:
        self.outline: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(scratch_folder()))  # noqa: SIM115
        self.files: dict[bytes, Path] = {}
        self._keep_files = keep_files
        self._splitter = self._split_by(boundary) if boundary else None

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._splitter:
            self._splitter.close()
        self.outline.close()
        for path in self.files.values():
            path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        (self._splitter or self.outline).write(chunk)

    def finish(self) -> int:
        """After the last write. Returns the bytes of `outline`, which then stands at its beginning."""
        if self._splitter:
            self._splitter.finish()
        length = self.outline.seek(0, os.SEEK_END)
        self.outline.seek(0)
        return length

    def _split_by(self, boundary: bytes) -> FormSplitter:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + settings.DATA_UPLOAD_MAX_NUMBER_FILES + BEYOND
        return FormSplitter(boundary, self.outline, self._new_file, most_parts=most)

    def _new_file(self) -> tuple[bytes, IO[bytes]] | None:
        """Token and file. None for more files than Django accepts: it refuses the form when it reads it."""
        if len(self.files) > settings.DATA_UPLOAD_MAX_NUMBER_FILES:
            return None
        token = secrets.token_hex(TOKEN_LENGTH // 2).encode()
        if not self._keep_files:
            return token, Path(os.devnull).open("wb")
        descriptor, path = tempfile.mkstemp(dir=scratch_folder())
        self.files[token] = Path(path)
        return token, os.fdopen(descriptor, "wb")
