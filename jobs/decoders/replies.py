"""What the supervisor says, line by line, while the one who asked is still there."""

from __future__ import annotations

import select
import socket
import threading
import time

_LOOK_S = 0.2
"""How long it takes at most to notice that the caller has gone."""


class CallerGone(Exception):
    """The one for whom the work was done has gone."""


class Replies:
    """Lines from a connection. `gone` is set when the answer is of no use to anybody any more."""

    def __init__(self, connection: socket.socket, gone: threading.Event) -> None:
        self._connection = connection
        self._gone = gone
        self._read = b""
        self._ready = select.poll()
        self._ready.register(connection, select.POLLIN)

    def line(self, deadline: float) -> bytes:
        """Returns the next line; empty if the connection has ended. `deadline` is of `time.monotonic`.

        Raises TimeoutError, CallerGone and OSError.
        """
        while b"\n" not in self._read:
            if self._gone.is_set():
                raise CallerGone
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if self._ready.poll(1000 * min(left, _LOOK_S)):
                arrived = self._connection.recv(4096)
                if not arrived:
                    return b""
                self._read += arrived
        line, _, self._read = self._read.partition(b"\n")
        return line + b"\n"
