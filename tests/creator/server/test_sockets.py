"""What a client sends on a socket costs nothing: it is small, it is few, and it is dropped."""

import os
import struct
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.creator.server.serving import breaks_off, is_closed, serving
from tests.jobs.execution.running import eventually

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Speaker:
    """An application with a socket that says hello and keeps what it is told."""

    def __init__(self):
        self.heard = []

    async def __call__(self, scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(message)


@pytest.fixture
def speaker():
    return Speaker()


@pytest.fixture
def site(speaker):
    with serving(speaker) as served:
        yield served


def opened(site):
    return connect(f"ws://127.0.0.1:{site.port}/", proxy=None)


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A masked frame with a payload below 126 bytes (RFC 6455, section 5.2)."""
    mask = os.urandom(4)
    masked = bytes(each ^ mask[at % 4] for at, each in enumerate(payload))
    return struct.pack("!BB", opcode | 0x80 * final, 0x80 | len(payload)) + mask + masked


def code_of(socket) -> int:
    """Reads until the server closes, and returns its code."""
    with suppress(ConnectionClosed):
        while True:
            socket.recv(20)
    return socket.close_code


def test_a_few_small_messages_are_ignored(site, speaker):
    with opened(site) as socket:
        for _ in range(20):
            socket.send("ping")
        assert socket.recv(20) == "hello"
        socket.ping().wait(20)
    assert speaker.heard == []


@pytest.mark.parametrize(("size", "codes"), [(1025, {1009}), (15 * 1024**2, {1009, 1006})])
def test_a_large_message_ends_the_socket(site, size, codes):
    """The code may be lost (1006) where the server closes while most of the message is on its way."""
    with opened(site) as socket:
        with suppress(ConnectionClosed):
            socket.send("a" * size)
        assert code_of(socket) in codes


def test_nothing_is_compressed(site):
    with opened(site) as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


@pytest.mark.parametrize(
    "flood",
    [
        frame(1, b"a") * 200,
        frame(2) * 200,
        frame(1, b"", final=False) + frame(0, b"", final=False) * 200,
    ],
)
def test_many_messages_or_fragments_end_the_socket(site, flood):
    with opened(site) as socket:
        socket.socket.sendall(flood)
        assert code_of(socket) == 1008


def test_pings_of_a_client_that_does_not_read_end_the_socket(site):
    pings = frame(9, b"a" * 125) * 1000
    with site.connect() as connection:
        connection.sendall(HANDSHAKE)
        assert breaks_off(connection, pings, most=64 * 1024**2)
    eventually(lambda: not len(site.config.admission))


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 9\r\n\r\n",
    ],
)
def test_what_only_looks_like_a_handshake_is_answered_and_ends(site, head):
    with site.connect() as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith((b"HTTP/1.1 400", b"HTTP/1.1 426", b"HTTP/1.1 405"))
        assert is_closed(connection) or connection.recv(65536) == b""
        eventually(lambda: not len(site.config.admission))


def test_sockets_are_counted_with_the_connections(speaker):
    with serving(speaker, per_address=2) as site, opened(site), opened(site):
        with pytest.raises(InvalidStatus) as refused:
            opened(site)
        assert refused.value.response.status_code == 429
