"""What stands before a body is bounded, however it comes: in size, in number and in time."""

import asyncio
import json

import pytest

from creator.server import http
from tests.creator.server.serving import answer_of, breaks_off, is_closed, serving
from tests.jobs.execution.running import eventually

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"a" * 4096


async def echo(scope, receive, send):
    """Answers with the size of the body, and how many headers came."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = json.dumps({"size": size, "headers": len(scope["headers"])}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def site():
    with serving(echo) as served:
        yield served


@pytest.mark.parametrize(
    ("request_", "headers"),
    [
        (GET + b"\r\n", 1),
        (GET + b"X: " + b"a" * 7_900 + b"\r\n\r\n", 2),
        (GET + b"".join(b"X%d: %s\r\n" % (n, b"a" * 1000) for n in range(30)) + b"\r\n", 31),
        (GET + b"".join(b"X%d: a\r\n" % n for n in range(99)) + b"\r\n", 100),
        (b"GET /" + b"a" * 7_900 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 1),
    ],
)
def test_honest_heads_are_taken(site, request_, headers):
    assert site.ask(request_) == (200, {"size": 0, "headers": headers})


@pytest.mark.parametrize(
    "request_",
    [
        GET + b"X: " + b"a" * 9_000 + b"\r\n\r\n",
        GET + b"a" * 9_000 + b": 1\r\n\r\n",
        GET + b"".join(b"X%d: %s\r\n" % (n, b"a" * 1000) for n in range(40)) + b"\r\n",
        GET + b"".join(b"X%d: a\r\n" % n for n in range(101)) + b"\r\n",
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX: " + b"a" * 9_000 + b"\r\n\r\n",
    ],
)
def test_a_head_that_is_too_large_is_refused(site, request_):
    status, body = site.ask(request_)
    assert (status, body["error"]["code"]) == (431, "head_too_large")


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (GET + b"X: ", PIECE),
        (GET + b"X", PIECE),
        (GET, b"X: " + PIECE + b"\r\n"),
        (b"GET /", PIECE),
        (b"", b"\r\n" * 2048),
        (POST + b"0\r\nX: ", PIECE),
        (POST + b"0\r\n", b"X: " + PIECE + b"\r\n"),
        (POST + b"1\r\na\r\n1;", PIECE),
        (GET + b"\r\n" + GET + b"X: ", PIECE),
    ],
)
def test_an_endless_head_ends(site, begin, piece):
    """Also a header that never ends, lines before a request, trailers, and extensions of chunks."""
    with site.connect() as connection:
        connection.sendall(begin)
        assert breaks_off(connection, piece, most=20 * 1024**2)


def test_a_body_of_any_form_is_no_head(site):
    body = b"".join(b"1\r\na\r\n" for _ in range(100_000))
    assert site.ask(POST + body + b"0\r\n\r\n") == (200, {"size": 100_000, "headers": 2})
    length = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"
    assert site.ask(length + b"a" * 3_000_000) == (200, {"size": 3_000_000, "headers": 2})


def test_a_slow_head_is_refused_and_silence_is_closed(monkeypatch, site):
    monkeypatch.setattr(http, "HEAD_S", 0.3)
    with site.connect() as silent, site.connect() as slow:
        slow.sendall(GET + b"X: ")
        status, body = answer_of(slow)
        assert (status, body["error"]["code"]) == (408, "too_slow")
        assert is_closed(silent)


def test_a_head_that_drips_is_refused(monkeypatch, site):
    monkeypatch.setattr(http, "HEAD_S", 0.5)
    with site.connect() as connection:
        connection.sendall(GET + b"X: ")
        assert breaks_off(connection, b"a", most=400, pause_s=0.05)


def test_a_second_head_has_its_own_time(monkeypatch, site):
    monkeypatch.setattr(http, "HEAD_S", 0.3)
    with site.connect() as connection:
        connection.sendall(GET + b"\r\n")
        assert answer_of(connection)[0] == 200
        connection.sendall(GET)
        assert answer_of(connection)[0] == 408


def test_requests_at_once_on_one_connection_are_bounded():
    answered = []

    async def slow(scope, receive, send):
        answered.append(scope["path"])
        await asyncio.sleep(1)
        await echo(scope, receive, send)

    with serving(slow) as site, site.connect() as connection:
        connection.sendall((GET + b"\r\n") * 1000)
        assert is_closed(connection)
    assert len(answered) == 1


def test_what_is_no_http_is_refused_in_the_envelope(site):
    assert site.ask(b"HELO me\r\n\r\n")[1]["error"]["code"] == "malformed_request"


def test_a_reader_that_stands_still_is_cut_off(monkeypatch):
    monkeypatch.setattr(http, "STALL_S", 0.3)

    async def generous(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"a" * 65536, "more_body": True})

    with serving(generous) as site, site.connect() as connection:
        connection.sendall(GET + b"\r\n")
        eventually(lambda: connection.recv(1))
        eventually(lambda: not len(site.config.admission))
