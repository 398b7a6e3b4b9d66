"""Ends a call to a node at its time, however slowly its bytes come and go, and soon after its caller gives up.

The timeouts of an HTTP client bound one read or write each, so one byte every few seconds would hold a call for ever.
Here every read, write and connection of a call gets what is left of the call's own time.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2

SLICE_S = 0.5
"""How soon a waiting call notices that its caller gives up."""
GIVEN_UP_S = 2.0
"""What a call has left when its caller gives up: enough for a node that works."""
PIECE = 64 * 1024
_current = threading.local()


@contextmanager
def giving_up_when(given_up: Callable[[], bool]) -> Iterator[None]:
    """Within the block, calls of this thread have GIVEN_UP_S left from when `given_up` becomes true."""
    before = getattr(_current, "given_up", None)
    _current.given_up = given_up
    try:
        yield
    finally:
        _current.given_up = before


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within the block, the network calls of this thread have `seconds` in all."""
    _current.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _current.until = None


def _left(timeout: float | None) -> float:
    """Seconds that the running call may still wait; at most `timeout`."""
    now = time.monotonic()
    until: float | None = getattr(_current, "until", None)
    given_up: Callable[[], bool] | None = getattr(_current, "given_up", None)
    if until is not None and given_up is not None and given_up():
        until = _current.until = min(until, now + GIVEN_UP_S)
    bounds = [bound for bound in (timeout, None if until is None else until - now) if bound is not None]
    return min(bounds, default=float("inf"))


class PatientBackend(httpcore2.SyncBackend):
    """Opens connections that keep to the time of the call that uses them."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(timeout)
        if left <= 0:
            raise httpcore2.ConnectTimeout
        return _PatientStream(super().connect_tcp(host, port, left, local_address, socket_options))


class _PatientStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        silent_until = None if timeout is None else time.monotonic() + timeout
        while (left := _left(None if silent_until is None else silent_until - time.monotonic())) > 0:
            try:
                return self._stream.read(max_bytes, min(left, SLICE_S))
            except httpcore2.ReadTimeout:
                continue
        raise httpcore2.ReadTimeout("the answer took too long")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for start in range(0, len(view), PIECE):
            if (left := _left(timeout)) <= 0:
                raise httpcore2.WriteTimeout("the node reads too slowly")
            self._stream.write(view[start : start + PIECE], left)  # type: ignore[arg-type]  # any buffer will do

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """A handshake is many reads, so a timer ends it."""
        timer = threading.Timer(max(0.0, _left(timeout)), self._break_off)
        timer.daemon = True
        timer.start()
        try:
            return _PatientStream(self._stream.start_tls(ssl_context, server_hostname, timeout))
        finally:
            timer.cancel()

    def _break_off(self) -> None:
        raw: socket.socket = self._stream.get_extra_info("socket")
        raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
