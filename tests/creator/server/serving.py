"""A small application behind the site's server, and raw connections to it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from creator.server.admission import Admission
from creator.server.config import SiteConfig, server_config
from tests.jobs.execution.running import eventually


class Served:
    """A running server: its port, its configuration, and connections to it that end with the test."""

    def __init__(self, server: uvicorn.Server, config: SiteConfig) -> None:
        self.server, self.config = server, config
        self.port = server.servers[0].sockets[0].getsockname()[1]

    def connect(self, address: str = "127.0.0.1") -> socket.socket:
        """A connection from that address of this machine."""
        return socket.create_connection(("127.0.0.1", self.port), 20, source_address=(address, 0))

    def ask(self, request: bytes, address: str = "127.0.0.1") -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to these bytes."""
        with self.connect(address) as connection:
            connection.sendall(request)
            return answer_of(connection)


@contextmanager
def serving(app: Any, *, most: int = 100, per_address: int | None = None) -> Iterator[Served]:
    config = server_config(app, host="127.0.0.1", port=0)
    config.admission = Admission(most, per_address)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield Served(server, config)
    finally:
        server.should_exit = True
        thread.join(30)


def answer_of(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of the answer; (0, {}) if the connection ends without one."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            data += part
            head, found, body = data.partition(b"\r\n\r\n")
            if found and is_whole(head, body):
                break
    if not data:
        return 0, {}
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body or "{}")


def is_whole(head: bytes, body: bytes) -> bool:
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[0].partition(b":")[2])


def is_closed(connection: socket.socket, within_s: float = 20) -> bool:
    """Whether the other end closes the connection without another byte."""
    connection.settimeout(within_s)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def breaks_off(connection: socket.socket, piece: bytes, *, most: int, pause_s: float = 0) -> bool:
    """Sends the piece again and again; whether the other end breaks off before `most` bytes were sent."""
    try:
        for _ in range(most // len(piece)):
            connection.sendall(piece)
            time.sleep(pause_s)
    except ConnectionError:
        return True
    return False
