"""A small world for visits: a server outside that behaves as told, and listeners inside that count who connects.

Names and connections are replaced as the DNS and the network are: an address that was not meant to be dialled reaches
a listener inside, which counts it.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

import httpcore2

from creator.lib.outside.dialing import Network, dial

OUTSIDE = "93.184.215.14"
"""The address of the server outside: what is dialled there reaches a listener of the test."""
NEVER_S = 60.0
Serve = Callable[[socket.socket], None]


@dataclass
class Listener:
    """Accepts connections on this machine, counts them and serves each in a thread of its own."""

    serve: Serve
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._run, args=[connection], daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with suppress(OSError), closing(connection):
            self.serve(connection)


class World:
    """`outside` serves what `serve` does, also under https with `context`; `inside` is what nobody may reach."""

    def __init__(
        self, serve: Serve, names: dict[str, list[str]], context: ssl.SSLContext | None = None
    ) -> None:
        self.outside = Listener(serve)
        self.inside = Listener(secret)
        self.names = {"outside.example": [OUTSIDE], **names}
        self.asked: list[str] = []
        self.dialled: list[str] = []
        self.network = Network(self.look_up, self.dial, (lambda: context) if context else Network.trust)

    def look_up(self, name: str, seconds: float) -> list:
        self.asked.append(name)
        found = self.names.get(name.removesuffix("."), [])
        if name == "rebound.example.":  # another answer each time (DNS rebinding)
            found = [OUTSIDE] if self.asked.count(name) == 1 else ["127.0.0.1"]
        return [ip_address(each) for each in found]

    def dial(self, ip: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        self.dialled.append(ip)
        listener = self.outside if ip == OUTSIDE else self.inside
        return dial("127.0.0.1", listener.port, seconds)


@contextmanager
def world(
    serve: Serve | None = None,
    *,
    names: dict[str, list[str]] | None = None,
    context: ssl.SSLContext | None = None,
) -> Iterator[World]:
    made = World(serve or answering(b"a file"), names or {}, context)
    try:
        yield made
    finally:
        made.outside.close()
        made.inside.close()


def read_head(connection: socket.socket) -> bytes:
    """The head of a request."""
    head = b""
    while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
        head += data
    return head


def secret(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")


def answering(body: bytes, *headers: str, status: str = "200 OK") -> Serve:
    """Serves one answer, whatever is asked."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return serve


def redirecting(location: str, status: str = "302 Found") -> Serve:
    return answering(b"", f"Location: {location}", status=status)


def sending(*parts: bytes, for_ever: bytes = b"", pause_s: float = 0) -> Serve:
    """Sends the parts, then `for_ever` again and again."""

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        for part in parts:
            connection.sendall(part)
        ends_at = time.monotonic() + NEVER_S
        while for_ever and time.monotonic() < ends_at:
            connection.sendall(for_ever)
            time.sleep(pause_s)

    return serve


def silent(connection: socket.socket) -> None:
    read_head(connection)
    time.sleep(NEVER_S)


def resetting(connection: socket.socket) -> None:
    read_head(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
