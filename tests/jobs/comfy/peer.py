"""A server that sends to every connection what a test wants, byte by byte if need be."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer that says its length."""
    lines = "".join(
        f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    )
    return f"{lines}\r\n".encode() + body


class Peer:
    """Listens on `url`. `act(connection)` runs in a thread of its own for each connection, which it then closes."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self._act = act
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._act(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def saying(*parts: bytes, then: bytes = b"", pause_s: float = 0.0) -> Callable[[socket.socket], None]:
    """Reads a request, sends the parts, then `then` again and again until the client closes."""

    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        quit_ = threading.Event()
        while then:
            connection.sendall(then)
            quit_.wait(pause_s)

    return act
