"""Splits a form while it arrives: its files go to files of their own, all else to one outline.

Django's parser would copy every file out of the stored body, and a photo would be on the disk twice. What it
reads instead is the outline, in which each file's content is replaced by a token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from django.http.multipartparser import (  # type: ignore[attr-defined]  # the stubs lack two of them
    FILE,
    MAX_TOTAL_HEADER_SIZE,
    LazyStream,
    MultiPartParserError,
    parse_boundary_stream,
)

from creator.http.bodies.base64_files import BASE64, Base64Decoder, without_encoding
from creator.http.bodies.part_headers import readable_header

LONGEST_HEADER = 8 * 1024
END_OF_HEADER = b"\r\n\r\n"
LINE_END = len(b"\r\n")
NewFile = Callable[[], tuple[bytes, IO[bytes]] | None]


class FormSplitter:
    """Writes a multipart body (RFC 7578) to `outline`, with part headers in UTF-8.

    `new_file` gives a token and an open file for each part that Django takes for a file, or None to leave the
    part in the outline. There stays all after `most_parts`, too, because Django refuses such a form.
    """

    def __init__(self, boundary: bytes, outline: IO[bytes], new_file: NewFile, *, most_parts: int) -> None:
        self._delimiter = b"--" + boundary
        self._outline = outline
        self._new_file = new_file
        self._parts_left = most_parts
        self._file: IO[bytes] | Base64Decoder | None = None
        """What the present part's content goes to; None: the outline."""
        self._raw = bytearray()
        """Arrived and not yet looked through."""
        self._is_over = False

    def write(self, chunk: bytes) -> None:
        self._raw += chunk
        self._look_through()

    def finish(self) -> None:
        """Looks through what is left. A file whose end never came stays without one in the outline, too."""
        self._is_over = True
        self._look_through()
        self.close()

    def close(self) -> None:
        """Closes the file that is being written, if there is one."""
        if self._file:
            self._file.close()
            self._file = None

    def _look_through(self) -> None:
        """Writes what is certain to be content or a complete header."""
        while self._parts_left and (begin := self._raw.find(self._delimiter)) >= 0:
            self._end_content(begin)
            end = self._raw.find(END_OF_HEADER, 0, LONGEST_HEADER)
            if end < 0 and not self._is_over and len(self._raw) < LONGEST_HEADER:
                return
            self._parts_left -= 1
            following = self._raw.find(self._delimiter, len(self._delimiter), end if end >= 0 else None)
            if end < 0 or following >= 0:
                self._write_content(len(self._delimiter))
            else:
                self._begin_part(end)
        # The end may be the beginning of a delimiter and the line end that belongs to it.
        kept = 0 if self._is_over or not self._parts_left else len(self._delimiter) - 1 + LINE_END
        self._write_content(max(0, len(self._raw) - kept))

    def _end_content(self, length: int) -> None:
        """Ends the part before the delimiter at `length`. Its line end belongs to the delimiter, as in Django."""
        if self._file:
            content = bytes(self._raw[max(0, length - LINE_END) : length])
            end = length - len(content) + len(content.removesuffix(b"\n").removesuffix(b"\r"))
            self._write_content(end)
            if isinstance(self._file, Base64Decoder):
                self._file.finish()
            self.close()
            length -= end
        self._write_content(length)

    def _begin_part(self, end: int) -> None:
        """Writes the header, which ends at `end`, and decides where the part's content goes."""
        header = readable_header(bytes(self._raw[:end])) + END_OF_HEADER
        del self._raw[: end + len(END_OF_HEADER)]
        encoding = _encoding_of_file(header[len(self._delimiter) :])
        made = self._new_file() if encoding is not None and self._parts_left else None
        self._outline.write(without_encoding(header) if made else header)
        if made:
            token, file = made
            self._file = Base64Decoder(file) if encoding == BASE64 else file
            self._outline.write(token)

    def _write_content(self, count: int) -> None:
        (self._file or self._outline).write(self._raw[:count])
        del self._raw[:count]


def _encoding_of_file(header: bytes) -> str | None:
    """The Content-Transfer-Encoding of a part that Django will read as a file, often empty; None for others."""
    stream: Any = iter([header])
    try:
        kind, values, _ = parse_boundary_stream(LazyStream(stream), MAX_TOTAL_HEADER_SIZE)
    except MultiPartParserError:
        return None
    return str(values.get("content-transfer-encoding", [""])[0]).strip() if kind == FILE else None
