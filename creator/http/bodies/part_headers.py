"""Rewrites the headers of a form's parts to UTF-8.

Browsers send file names in UTF-8. Other clients send the encoding of their system (curl.exe on Windows), an
encoded word (RFC 2047) or `filename*` with any charset (RFC 5987). Django drops a part whose header it cannot
read, together with its file.
"""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import quote, unquote_to_bytes

from creator.lib.file_names import decode_file_name

ENCODED_WORDS = re.compile(r"=\?[\w-]+\?[bq]\?[^?\s]*\?=(?:\s*=\?[\w-]+\?[bq]\?[^?\s]*\?=)*", re.IGNORECASE)
EXTENDED = re.compile(r"""(filename\*=)"?([\w-]*)'([\w-]*)'([^\s;"]*)"?""", re.IGNORECASE)


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
