"""Clients that send bodies as people, programs and attackers do."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import httpx2
from django.test import Client

from tests.jobs.execution.running import eventually

BOUNDARY = "a-boundary-that-no-photo-contains"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
NOTHING: Mapping[str, str] = {}


def signed_in(site: httpx2.Client, user) -> httpx2.Client:
    """The site's client with a session of this user and a CSRF token."""
    django = Client()
    django.force_login(user)
    site.cookies.set("sessionid", django.cookies["sessionid"].value)
    site.cookies.set("csrftoken", "c" * 32)
    return site


def parts(size: int, *, every_s: float = 0) -> Iterator[bytes]:
    """Yields `size` bytes in chunks of at most 64 KiB, so the request declares no Content-Length."""
    while size > 0:
        yield b"x" * min(size, 65536)
        size -= 65536
        time.sleep(every_s)


def drops(every_s: float) -> Iterator[bytes]:
    """Yields one byte after the other, for longer than any test waits."""
    for _ in range(1000):
        yield b"x"
        time.sleep(every_s)


def form(*fields: tuple[str, str], photo: int = -1) -> tuple[bytes, dict[str, str]]:
    """Content and headers of a form as a browser sends it; `photo`: bytes of a file that comes after two fields."""
    pieces = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields]
    encoded = [each.encode() for each in pieces]
    if photo >= 0:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
        encoded.insert(2, head.encode() + b"x" * photo + b"\r\n")
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return b"".join(encoded) + f"--{BOUNDARY}--\r\n".encode(), headers


def raw(
    site: httpx2.Client, path: str, headers: Mapping[str, str], content: bytes = b""
) -> tuple[int, bytes]:
    """Sends the head of a POST and `content` only, whatever length it declares. Status and answer."""
    with begun(site, path, headers, content) as line:
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    return int(answer.split()[1]), answer


@contextmanager
def begun(
    site: httpx2.Client, path: str, headers: Mapping[str, str], content: bytes = b""
) -> Iterator[socket.socket]:
    """A POST of which only the head and `content` have been sent, with the client's cookies."""
    cookie = "; ".join({f"{each.name}={each.value}" for each in site.cookies.jar})
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Cookie: {cookie}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((site.base_url.host, site.base_url.port), timeout=30) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        yield line


def door():
    """The door of the site that runs in this process."""
    from creator.asgi import routes

    return routes.application_mapping["http"]


def under_way() -> int:
    """Uploads that hold a place of their sender's address."""
    return sum(number for (kind, _), number in door().places.uploads.items() if kind == "address")


@contextmanager
def unfinished(
    browser: httpx2.Client,
    *,
    count: int = 1,
    content: bytes = b"x" * 100,
    headers: Mapping[str, str] = NOTHING,
) -> Iterator[None]:
    """Uploads that go on within the block; when it ends, their client goes away."""
    before = under_way()
    with ExitStack() as lines:
        for number in range(count):
            length = {"Content-Length": "900000"}
            lines.enter_context(begun(browser, "/uploads/", {**length, **headers}, content))
            eventually(lambda: under_way() == before + number + 1)  # noqa: B023 - it is called at once
        yield
    eventually(lambda: under_way() == before)
