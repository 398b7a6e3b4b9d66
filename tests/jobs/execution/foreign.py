"""Another client of a node that our jobs use: it keeps prompts waiting, or opens a socket and does not read it."""

import base64
import os
import socket
import threading
from itertools import count
from urllib.parse import urlsplit
from uuid import uuid4

from tests.jobs.execution.running import NodeSide

WAITING = 6


class ForeignClient(threading.Thread):
    """Keeps WAITING prompts of `seconds` each on the node until `stop`. `begun` counts what it posted."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(daemon=True)
        self.side, self.seconds = NodeSide(url), seconds
        self.nonces = count(10_000)
        self.mine: set[str] = set()
        self.stopping = threading.Event()
        self._fill()
        self.start()

    def run(self) -> None:
        while not self.stopping.wait(0.05):
            self._fill()

    def waiting(self) -> int:
        return len(self.mine & set(self.side.queue()))

    def stop(self) -> None:
        self.stopping.set()
        self.join()
        self.side.close()

    def _fill(self) -> None:
        while self.waiting() < WAITING:
            posted = self.side.post(seconds=self.seconds, nonce=next(self.nonces))
            self.mine.add(posted["prompt_id"])


def open_and_never_read(url: str) -> socket.socket:
    """Opens a WebSocket by hand and reads nothing but the handshake. Returns its socket; close it to end it."""
    address = urlsplit(url)
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    stuck.connect((address.hostname, address.port))
    key = base64.b64encode(os.urandom(16)).decode()
    stuck.sendall(
        f"GET /ws?clientId={uuid4()} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b"101" in stuck.recv(200)
    return stuck
