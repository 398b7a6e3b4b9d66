"""docs/nginx.conf as it is shipped, without TLS and with times of a test: what it limits, and whom it names."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from django.core.cache import cache

from creator.http.proxies import BehindProxies
from tests.jobs.streaming.serving import served
from tests.services.nginx import Nginx

pytestmark = pytest.mark.services
SHIPPED = (Path(__file__).parents[3] / "docs/nginx.conf").read_text()
PER_ADDRESS = 5
"""Tries of a minute, as TRIES_PER_ADDRESS has it by default."""
WRONG = "The email address or the password is not correct."


def shipped(site: str, folder: Path, **changes: str) -> str:
    """The server for the site. `changes` are values of directives that the test needs smaller."""
    content = SHIPPED.rpartition("server {")[0].replace("listen 443 ssl", "listen PORT")
    content = content.replace("http://127.0.0.1:8000", site).replace("creator.example.org", "localhost")
    content = re.sub(r"\n *ssl_certificate.*", "", content)
    for name, value in changes.items():
        content, count = re.subn(rf"(\n *{name} (?:\w+ )*)\w+;", rf"\g<1>{value};", content)
        assert count == 1, name
    return content


@pytest.fixture
def behind(transactional_db, static_root, tmp_path):
    """`behind(directive=value)` starts the site behind nginx and returns its address in browsers."""
    from creator.asgi import routes

    cache.clear()
    with ExitStack() as stack:

        def start(**changes: str) -> str:
            site = stack.enter_context(served(BehindProxies(routes, count=1)))
            nginx = Nginx(tmp_path, shipped(site, tmp_path, **changes))
            nginx.start()
            stack.callback(nginx.kill)
            return f"http://localhost:{nginx.port}"

        yield start


@pytest.fixture
def direct(transactional_db, static_root):
    """The site without a proxy."""
    from creator.asgi import routes

    cache.clear()
    with served(BehindProxies(routes, count=0)) as site:
        yield site.replace("127.0.0.1", "localhost")


def judged_logins(address: str) -> int:
    """Of 40 wrong logins to 40 accounts, each with another forged address, how many passwords were looked at."""
    cookies = {"csrftoken": "c" * 32}
    with httpx2.Client(
        base_url=address, cookies=cookies, headers={"Origin": address}, trust_env=False, timeout=60
    ) as client:
        said = [
            client.post(
                "/accounts/login/",
                data={
                    "login": f"p{number}@example.org",
                    "password": "wrong",
                    "csrfmiddlewaretoken": "c" * 32,
                },
                headers={
                    "X-Forwarded-For": f"6.6.6.{number}",
                    "X-Real-IP": f"6.6.7.{number}",
                    "Forwarded": f"for=6.6.8.{number}",
                },
            ).text
            for number in range(20)
        ]
    return sum(WRONG in each for each in said)


def test_wrong_logins_are_limited_whatever_address_they_claim(direct):
    assert judged_logins(direct) == PER_ADDRESS


def test_wrong_logins_behind_the_proxy_are_limited_too(behind):
    assert judged_logins(behind()) == PER_ADDRESS


def ask(address: str, path: str = "/health", source: str = "127.0.0.1") -> httpx2.Response:
    transport = httpx2.HTTPTransport(local_address=source)
    with httpx2.Client(
        transport=transport, base_url=address.replace("localhost", "127.0.0.1"), trust_env=False, timeout=60
    ) as client:
        return client.get(path, headers={"Host": urlsplit(address).netloc})


def connect(address: str, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(address).port), 60, source_address=(source, 0))


def test_requests_of_one_address_are_limited_and_others_are_not(behind):
    address = behind()
    answers = [ask(address, "/accounts/login/", "127.0.0.2") for _ in range(45)]
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert refused[0].json()["error"]["code"] == "rate_limited"
    assert refused[0].headers["Retry-After"] == "5"
    assert ask(address, "/accounts/login/", "127.0.0.3").status_code == 200


def test_connections_of_one_address_are_limited_and_others_are_not(behind):
    address = behind(limit_conn="3")
    with ExitStack() as stack:
        for _ in range(3):
            held = stack.enter_context(connect(address, "127.0.0.2"))
            held.sendall(b"POST /uploads/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1")
        refused = eventually_refused(lambda: ask(address, source="127.0.0.2"))
        assert refused.json()["error"]["code"] == "rate_limited"
        assert ask(address, source="127.0.0.3").status_code == 200


def eventually_refused(get: Callable[[], httpx2.Response]) -> httpx2.Response:
    for _ in range(200):
        if (answer := get()).status_code == 429:
            return answer
    raise AssertionError("it was never refused")


@pytest.mark.parametrize(
    ("head", "statuses"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9_000 + b"\r\n\r\n", {b"400", b"431"}),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", {b"414"}),
    ],
)
def test_a_head_that_is_too_large_does_not_reach_the_site(behind, head, statuses):
    with connect(behind()) as connection:
        connection.sendall(head)
        assert connection.recv(65536).split()[1] in statuses


def test_a_slow_head_ends(behind):
    with connect(behind(client_header_timeout="1s")) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        connection.settimeout(30)
        assert connection.recv(65536)[:12] in (b"", b"HTTP/1.1 408")
