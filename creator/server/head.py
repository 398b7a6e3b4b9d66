"""The size of what stands before and between bodies: request line, headers, trailers."""

from __future__ import annotations

LINE_BYTES = 8_000
"""Longest address or header. nginx takes 8 KiB by default, and so does the library of our sockets."""
HEAD_BYTES = 32_000
HEADERS = 100


class HeadTooLarge(Exception):
    """A head has more bytes or headers than are accepted."""


class HeadSize:
    """Counts the heads of one connection. Raises HeadTooLarge."""

    def __init__(self) -> None:
        self.has_begun = False
        self._bytes = self._headers = self._unread = 0

    def begin(self) -> None:
        """Starts with the head of a new request."""
        self.has_begun = True
        self._bytes = self._headers = self._unread = 0

    def add_to_address(self, size: int) -> None:
        """Counts a part of the request's address."""
        self._bytes += size
        if self._bytes > LINE_BYTES:
            raise HeadTooLarge

    def add_header(self, size: int) -> None:
        """Counts a header or trailer: the bytes of name and value."""
        self._bytes += size
        self._headers += 1
        if size > LINE_BYTES or self._bytes > HEAD_BYTES or self._headers > HEADERS:
            raise HeadTooLarge

    def arrive(self, size: int) -> None:
        """Counts bytes that the parser is about to get. It keeps a header until its end, and says nothing before."""
        self._unread += size

    def check(self) -> None:
        """Looks, after the parser got them, at how many bytes it has made nothing of."""
        if self._unread > HEAD_BYTES:
            raise HeadTooLarge

    def progress(self) -> None:
        """Notes that the parser made a whole head or a part of a body of what came."""
        self.has_begun = False
        self._unread = 0
