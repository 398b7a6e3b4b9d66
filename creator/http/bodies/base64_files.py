"""Files that a form sends in base64: deprecated (RFC 7578, section 4.7), but some programs still do."""

from __future__ import annotations

import binascii
from typing import IO

from creator.lib.errors import Refused

BASE64 = "base64"
ENCODING = b"content-transfer-encoding:"


class Base64Decoder:
    """Writes to `file` what the written text means. Raises Refused `malformed_request` for other text."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rest = b""

    def write(self, text: bytes | bytearray) -> None:
        given = self._rest + b"".join(bytes(text).split())
        whole = len(given) // 4 * 4
        self._rest = given[whole:]
        try:
            self._file.write(binascii.a2b_base64(given[:whole], strict_mode=True))
        except binascii.Error as error:
            raise _unreadable() from error

    def finish(self) -> None:
        """After the last write. Raises Refused if the end is missing."""
        if self._rest:
            raise _unreadable()

    def close(self) -> None:
        self._file.close()


def without_encoding(header: bytes) -> bytes:
    """A part's header without its Content-Transfer-Encoding."""
    lines = header.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(ENCODING))


def _unreadable() -> Refused:
    return Refused(
        "malformed_request", "The form cannot be read: a file in it is not the base64 that it says."
    )
