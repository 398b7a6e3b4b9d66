"""A server behind the `Far` proxy gives the same answers, one round trip later."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from benchmarks.far import Far

RTT_S = 0.05


@pytest.fixture
def echo():
    """Echoes everything a client sends; serves the next client when that one disconnects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    while heard := client.recv(65536):
                        client.sendall(heard)

        threading.Thread(target=serve, daemon=True).start()
        yield server
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(echo):
    far = Far(f"http://127.0.0.1:{echo.getsockname()[1]}", rtt_s=RTT_S)
    with socket.create_connection(("127.0.0.1", int(far.url.rpartition(":")[2])), 10) as client:
        yield client
    far.close()


def read_exactly(client: socket.socket, count: int) -> bytes:
    heard = b""
    while len(heard) < count:
        part = client.recv(count - len(heard))
        assert part, f"ended after {len(heard)} of {count} bytes"
        heard += part
    return heard


def test_an_answer_takes_a_round_trip(line):
    line.sendall(b"first")  # opening the connection costs a round trip too
    assert read_exactly(line, 5) == b"first"
    began = time.monotonic()
    line.sendall(b"second")
    assert read_exactly(line, 6) == b"second"
    assert time.monotonic() - began >= RTT_S


def test_everything_arrives_in_order(line):
    sent = b"".join(number.to_bytes(4, "big") for number in range(100_000))
    sending = threading.Thread(target=line.sendall, args=(sent,))
    sending.start()
    assert read_exactly(line, len(sent)) == sent
    sending.join()


def test_the_end_arrives_too(line):
    line.sendall(b"last")
    line.shutdown(socket.SHUT_WR)
    assert read_exactly(line, 4) == b"last"
    assert line.recv(1) == b""
