"""Rewrites the headers of a form's parts to UTF-8 while the form is read.

Browsers send file names in UTF-8. Other clients send the encoding of their system (curl.exe on Windows), an
encoded word (RFC 2047) or `filename*` with any charset (RFC 5987). Django drops a part whose header it cannot
read, together with its file.
"""

from __future__ import annotations

import codecs
import io
import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import IO, Any
from urllib.parse import quote, unquote_to_bytes

from creator.lib.file_names import decode_file_name

CHUNK = 64 * 1024
LONGEST_HEADER = 8 * 1024
END_OF_HEADER = b"\r\n\r\n"
ENCODED_WORDS = re.compile(r"=\?[\w-]+\?[bq]\?[^?\s]*\?=(?:\s*=\?[\w-]+\?[bq]\?[^?\s]*\?=)*", re.IGNORECASE)
EXTENDED = re.compile(r"""(filename\*=)"?([\w-]*)'([\w-]*)'([^\s;"]*)"?""", re.IGNORECASE)


def with_readable_headers(body: IO[bytes], boundary: bytes) -> io.BufferedReader:
    """A multipart body (RFC 7578) whose part headers are UTF-8. Closing it leaves `body` open."""
    return io.BufferedReader(_Rewriter(body, boundary), CHUNK)


class _Rewriter(io.RawIOBase):
    def __init__(self, body: IO[bytes], boundary: bytes) -> None:
        super().__init__()
        self._body = body
        self._delimiter = b"--" + boundary
        self._raw = bytearray()
        """Read from the body and not yet looked through."""
        self._ready = bytearray()
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._is_over:
            chunk = self._body.read(CHUNK)
            self._raw += chunk
            self._is_over = not chunk
            self._look_through()
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        del self._ready[: len(taken)]
        return len(taken)

    def _look_through(self) -> None:
        """Moves to `_ready` what is certain to be complete."""
        while (begin := self._raw.find(self._delimiter)) >= 0:
            end = self._raw.find(END_OF_HEADER, begin, begin + LONGEST_HEADER)
            if end < 0 and not self._is_over and len(self._raw) - begin < LONGEST_HEADER:
                self._pass_on(begin)
                return
            if end < 0:
                self._pass_on(begin + len(self._delimiter))
                continue
            self._pass_on(begin)
            self._ready += readable_header(bytes(self._raw[: end - begin]))
            del self._raw[: end - begin]
        self._pass_on(len(self._raw) if self._is_over else max(0, len(self._raw) - len(self._delimiter)))

    def _pass_on(self, count: int) -> None:
        self._ready += self._raw[:count]
        del self._raw[:count]


def readable_header(header: bytes) -> bytes:
    """A part's header in UTF-8, with encoded words and `filename*` decoded. Most come back as they are."""
    return b"\r\n".join(_readable_line(line) for line in header.split(b"\r\n"))


def _readable_line(line: bytes) -> bytes:
    text = decode_file_name(line)
    text = ENCODED_WORDS.sub(_decoded_words, text)
    return EXTENDED.sub(_in_utf_8, text).encode()


def _decoded_words(found: re.Match[str]) -> str:
    """The text of encoded words, for a quoted string. What cannot be decoded stays."""
    try:
        parts = decode_header(found[0])
        text = "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in parts
        )
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return found[0]
    return "".join(" " if each.isspace() else each for each in text).replace("\\", "\\\\").replace('"', '\\"')


def _in_utf_8(found: re.Match[str]) -> str:
    """Converts `filename*=` of any charset to UTF-8 (RFC 8187, section 3.2.1)."""
    name, charset, language, escaped = found.groups()
    raw = unquote_to_bytes(escaped)
    try:
        text = codecs.decode(raw, charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        text = decode_file_name(raw)
    return f"{name}utf-8'{language}'{quote(str(text))}"
