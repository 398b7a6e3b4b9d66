"""Visits end in time and take little memory, whatever the server does; honest servers are understood."""

import gzip
import io
import socket
import threading
import time
import tracemalloc

import pytest

from creator.lib import client_gone
from creator.lib.outside import Away, TooLarge, dialing, fetch, names, post
from tests.creator.lib.outside.certificates import certificate
from tests.creator.lib.outside.hostile import (
    OUTSIDE,
    answering,
    read_head,
    redirecting,
    resetting,
    sending,
    silent,
    world,
)
from tests.jobs.execution.running import eventually

URL = "http://outside.example/photo.jpg?size=large"
MIB = 1024 * 1024
SECONDS = 0.6
MARGIN_S = 1.5
"""A loaded machine's."""
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(64 * MIB))
HOSTILE = {
    "says nothing": (silent, Away),
    "closes at once": (sending(), Away),
    "resets": (resetting, Away),
    "is no web server": (sending(b"220 mail.example ESMTP\r\n", for_ever=b"", pause_s=1), Away),
    "sends the head byte by byte": (sending(HEAD, for_ever=b"a", pause_s=0.05), Away),
    "sends one head line for ever": (sending(HEAD, b"X: ", for_ever=b"a" * 65536), Away),
    "sends head lines for ever": (sending(HEAD, for_ever=b"X: %s\r\n" % (b"a" * 1000)), Away),
    "says continue for ever": (sending(for_ever=b"HTTP/1.1 100 Continue\r\n\r\n"), Away),
    "sends the body byte by byte": (sending(HEAD + b"\r\n", for_ever=b"a", pause_s=0.05), Away),
    "sends a body for ever": (sending(HEAD + b"\r\n", for_ever=b"a" * 65536), TooLarge),
    "sends chunks for ever": (sending(CHUNKED, for_ever=b"10000\r\n%s\r\n" % (b"a" * 65536)), TooLarge),
    "sends tiny chunks for ever": (sending(CHUNKED, for_ever=b"1;%s\r\na\r\n" % (b"x" * 60000)), Away),
    "sends trailers for ever": (sending(CHUNKED, b"0\r\n", for_ever=b"X: %s\r\n" % (b"a" * 1000)), Away),
    "says it is huge": (sending(HEAD + b"Content-Length: 99999999999999\r\n\r\n", for_ever=b"a"), TooLarge),
    "says an endless number": (
        sending(HEAD + b"Content-Length: %s\r\n\r\n" % (b"9" * 5000), for_ever=b"a"),
        Away,
    ),
    "ends too soon": (sending(HEAD + b"Content-Length: 1000\r\n\r\nabc"), Away),
    "sends a bomb": (answering(BOMB, "Content-Encoding: gzip"), Away),
    "sends a bomb twice packed": (answering(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"), Away),
    "changes the protocol": (sending(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", for_ever=b"a"), Away),
    "redirects for ever": (redirecting("/photo.jpg"), Away),
    "answers 404": (answering(b"no", status="404 Not Found"), Away),
    "answers 204": (sending(b"HTTP/1.1 204 No Content\r\n\r\n"), Away),
}


@pytest.mark.parametrize("way", HOSTILE)
def test_a_hostile_server_ends_in_time_and_in_little_memory(way):
    serve, error = HOSTILE[way]
    with world(serve) as made:
        tracemalloc.start()
        began = time.monotonic()
        with pytest.raises(error) as refused:
            fetch(URL, into=Nowhere(), most_bytes=8 * MIB, seconds=SECONDS, redirects=3, network=made.network)
        took, most = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert type(refused.value) is error
    assert took < SECONDS + MARGIN_S
    assert most < 4 * MIB


class Nowhere(io.BytesIO):
    def write(self, data) -> int:
        return len(data)


def test_an_honest_server_is_understood():
    """Whole, in chunks, or until the connection closes (RFC 9112, section 6.3)."""
    body = b"picture " * 1000
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:])) + b"0\r\n\r\n"
    for serve in (answering(body), sending(CHUNKED, chunked), sending(HEAD + b"\r\n", body)):
        with world(serve) as made:
            found = fetch(
                URL, into=(file := io.BytesIO()), most_bytes=len(body), seconds=9, network=made.network
            )
            assert (file.getvalue(), str(found)) == (body, URL)


def test_the_server_is_asked_for_the_name_without_a_compressed_answer():
    seen = []

    def serve(connection):
        seen.append(read_head(connection).decode())
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    with world(serve) as made:
        for host in ("outside.example", "OUTSIDE.example.:8443"):
            fetch(
                f"http://{host}/ä b?c=1#d", into=io.BytesIO(), most_bytes=9, seconds=9, network=made.network
            )
    assert [each.splitlines()[0] for each in seen] == ["GET /%C3%A4%20b?c=1 HTTP/1.1"] * 2
    assert "host: outside.example\r\n" in seen[0]
    assert "host: outside.example:8443\r\n" in seen[1]
    assert all("accept-encoding: identity\r\n" in each and "Cookie" not in each for each in seen)


def test_each_header_is_sent_once():
    seen = []

    def serve(connection):
        seen.append(read_head(connection).decode())
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    with world(serve) as made:
        post(URL, b"{}", {"user-agent": "Creator-Webhooks/1"}, seconds=9, network=made.network)
    names = [line.partition(":")[0].lower() for line in seen[0].splitlines()[1:]]
    assert sorted(names) == sorted(set(names))
    assert "user-agent: Creator-Webhooks/1\r\n" in seen[0]


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    with world() as made, socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        fetch(URL, into=(file := io.BytesIO()), most_bytes=99, seconds=9, network=made.network)
        assert file.getvalue() == b"a file"
        with pytest.raises(BlockingIOError):
            proxy.accept()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_as_many_redirects_as_are_allowed(status):
    def serve(connection):
        is_first = b"GET /photo.jpg" in read_head(connection)
        where = b"Location: moved\r\nContent-Length: 0\r\n\r\n"
        first = b"HTTP/1.1 %d Moved\r\n%s" % (status, where)
        connection.sendall(first if is_first else HEAD + b"Content-Length: 5\r\n\r\nfound")

    with world(serve) as made:
        visit = {"into": (file := io.BytesIO()), "most_bytes": 99, "seconds": 9, "network": made.network}
        assert str(fetch(URL, redirects=1, **visit)) == "http://outside.example/moved"
        assert file.getvalue() == b"found"
        with pytest.raises(Away):
            fetch(URL, **visit)


def test_a_certificate_is_checked_for_the_name():
    server, trust = certificate("outside.example")

    def serve(connection):
        with server.wrap_socket(connection, server_side=True) as encrypted:
            read_head(encrypted)
            encrypted.sendall(HEAD + b"Content-Length: 6\r\n\r\nsealed")

    names = {"other.example": [OUTSIDE]}
    with world(serve, names=names, context=trust) as made:
        visit = {"into": (file := io.BytesIO()), "most_bytes": 99, "seconds": 9, "network": made.network}
        fetch("https://outside.example/", **visit)
        assert file.getvalue() == b"sealed"
        with pytest.raises(Away, match="certificate"):
            fetch("https://other.example/", **visit)
    with world(serve) as made, pytest.raises(Away, match="certificate"):
        fetch("https://outside.example/", **visit | {"network": made.network})


def test_a_silent_server_is_not_waited_for(monkeypatch):
    """Neither for TLS nor for the addresses of its name."""
    monkeypatch.setattr(dialing, "OUTSIDE_CONNECT_S", 0.3)
    monkeypatch.setattr(dialing, "OUTSIDE_NAME_S", 0.3)
    began = time.monotonic()
    with world(silent) as made, pytest.raises(Away):
        fetch("https://outside.example/", into=io.BytesIO(), most_bytes=9, seconds=9, network=made.network)
    frozen = threading.Event()
    monkeypatch.setattr(names.socket, "getaddrinfo", lambda *_, **__: frozen.wait(9) and [])
    with pytest.raises(Away, match="DNS"):
        fetch(URL, into=io.BytesIO(), most_bytes=9, seconds=9)
    frozen.set()
    assert time.monotonic() - began < 0.6 + MARGIN_S


def test_lookups_that_are_given_up_are_few(monkeypatch):
    frozen = threading.Event()
    monkeypatch.setattr(names.socket, "getaddrinfo", lambda *_, **__: frozen.wait(9) and [])
    monkeypatch.setattr(names, "_free", threading.BoundedSemaphore(2))
    for _ in range(2):
        with pytest.raises(Away, match="did not answer"):
            names.look_up("slow.example", 0.05)
    with pytest.raises(Away, match="Too many"):
        names.look_up("slow.example", 0.05)
    frozen.set()
    eventually(lambda: names._free.acquire(blocking=False))


def test_the_next_address_of_a_name_is_tried():
    with world(names={"two.example": ["93.184.215.15", OUTSIDE]}) as made:
        made.inside.close()  # what the first address reaches
        fetch("http://two.example/", into=io.BytesIO(), most_bytes=9, seconds=9, network=made.network)
    assert made.dialled == ["93.184.215.15", OUTSIDE]


def test_a_client_that_goes_ends_the_visit():
    drip = sending(HEAD + b"\r\n", for_ever=b"a", pause_s=0.05)
    with world(drip) as made, client_gone.noticing_clients_that_go() as gone:
        threading.Timer(0.2, gone.set).start()
        with pytest.raises(Away, match="broken off"):
            fetch(URL, into=io.BytesIO(), most_bytes=MIB, seconds=30, network=made.network)


def test_a_post_returns_status_headers_and_the_first_bytes():
    with world(answering(b"a" * 100_000, "X-One: two", status="500 Broken")) as made:
        answered = post(
            URL, b'{"a": 1}', {"Content-Type": "application/json"}, seconds=9, network=made.network
        )
    assert (answered.status, answered.headers["x-one"], answered.body) == (500, "two", b"a" * 65536)
    assert 0 < answered.seconds < 9


def test_a_post_follows_no_redirect():
    with world(redirecting("http://127.0.0.1/")) as made:
        assert post(URL, b"", {}, seconds=9, network=made.network).status == 302
        assert (made.outside.connections, made.inside.connections) == (1, 0)


def test_a_post_sends_its_body_and_headers_once():
    seen = []

    def serve(connection):
        head = read_head(connection)
        seen.append(head)
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    with world(serve) as made:
        post(URL, b"body", {"Webhook-Id": "msg_1"}, seconds=9, network=made.network)
    assert len(seen) == 1
    assert b"Webhook-Id: msg_1\r\n" in seen[0]
    assert b"Content-Length: 4\r\n" in seen[0]


@pytest.mark.parametrize(
    "way", ["says nothing", "sends the body byte by byte", "sends one head line for ever"]
)
def test_a_post_ends_in_time(way):
    began = time.monotonic()
    with world(HOSTILE[way][0]) as made, pytest.raises(Away):
        post(URL, b"{}", {}, seconds=SECONDS, network=made.network)
    assert time.monotonic() - began < SECONDS + MARGIN_S


@pytest.mark.parametrize(("error", "found"), [(socket.EAI_NONAME, []), (socket.EAI_AGAIN, None)])
def test_a_dns_that_fails_is_told_from_a_name_that_is_not_there(monkeypatch, error, found):
    def fail(*_, **__):
        raise socket.gaierror(error, "no")

    monkeypatch.setattr(names.socket, "getaddrinfo", fail)
    if found is None:
        with pytest.raises(Away):
            names.look_up("outside.example", 5)
    else:
        assert names.look_up("outside.example", 5) == found
