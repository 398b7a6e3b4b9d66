"""The fault proxy applies exactly the faults it is given."""

from __future__ import annotations

import http.server
import threading

import httpx2
import pytest

from benchmarks.proxy import FAIL, HOLD, PASS, SWALLOW, Proxy


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers a POST with its own body and records the body in `server.asked`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.asked, server.daemon_threads = [], True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def proxy(server):
    proxy = Proxy(f"http://127.0.0.1:{server.server_port}")
    yield proxy
    proxy.close()


@pytest.fixture
def client(proxy):
    with httpx2.Client(base_url=proxy.url, timeout=10, trust_env=False) as client:
        yield client


def test_passes_on(client):
    assert [client.post("/", content=body).content for body in (b"one", b"two")] == [b"one", b"two"]


def test_fails_each_request_until_it_passes_again(client, proxy, server):
    proxy.mode = FAIL
    failed = client.post("/", content=b"one").status_code
    proxy.mode = PASS
    assert (failed, client.post("/", content=b"two").status_code, server.asked) == (500, 200, [b"two"])


def test_swallows_the_answer_of_what_was_done(client, proxy, server):
    proxy.mode = SWALLOW
    with pytest.raises(httpx2.TransportError):
        client.post("/", content=b"one")
    assert server.asked == [b"one"]


def test_holds_until_it_passes_again(client, proxy, server):
    proxy.mode = HOLD
    with pytest.raises(httpx2.ReadTimeout):
        client.post("/", content=b"one", timeout=0.2)
    assert server.asked == []
    proxy.mode = PASS
    assert client.post("/", content=b"two").content == b"two"
