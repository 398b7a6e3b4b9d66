"""Fetches and posts. Each request has a connection of its own, and no proxy of the environment is asked."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import httpcore2

from creator.lib.outside.address import Address, read_address
from creator.lib.outside.dialing import HEAD_BYTES, INTERNET, Bounds, CheckedBackend, Network
from creator.lib.outside.errors import Away, TooLarge

REDIRECTS = (301, 302, 303, 307, 308)
ANSWER_BYTES = 64 * 1024
ABOUT_US = {"user-agent": "creator", "accept": "*/*", "accept-encoding": "identity", "connection": "close"}
"""In lower case, as callers name their headers: of a name in two cases both would be sent."""


@dataclass(frozen=True)
class Answered:
    """What a server answered to a post: of its body the first bytes, as they came. `seconds`: from name to end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def fetch(
    url: str,
    *,
    into: IO[bytes],
    most_bytes: int,
    seconds: float,
    redirects: int = 0,
    network: Network = INTERNET,
) -> Address:
    """Writes the file at `url` into `into`; returns where it was found, after at most so many redirects.

    Raises Forbidden, Away unless the answer is a 200 that ends in time, and TooLarge.
    """
    address, bounds = read_address(url), Bounds(time.monotonic() + seconds)
    while True:
        bounds.bytes = HEAD_BYTES
        with _answer("GET", address, bounds, network) as answer:
            headers = _headers(answer)
            if answer.status not in REDIRECTS:
                _take(answer, headers, into, most_bytes, bounds)
                return address
        if not redirects:
            raise Away("The server redirects too often.")
        redirects -= 1
        address = address.follow(headers.get("location", ""))


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    most_bytes: int = ANSWER_BYTES,
    network: Network = INTERNET,
) -> Answered:
    """Posts `body` and returns the answer, whatever its status is; a redirect is not followed.

    Of a longer body the first `most_bytes` are returned. Raises Forbidden, and Away if there is no whole answer within
    `seconds`.
    """
    began = time.monotonic()
    address, bounds = read_address(url), Bounds(began + seconds)
    with _answer("POST", address, bounds, network, headers, body) as answer:
        bounds.bytes = 2 * most_bytes + HEAD_BYTES
        start = bytearray()
        for chunk in answer.iter_stream():
            start += chunk
            if len(start) >= most_bytes:
                break
        return Answered(answer.status, _headers(answer), bytes(start[:most_bytes]), time.monotonic() - began)


def _take(
    answer: httpcore2.Response, headers: Mapping[str, str], into: IO[bytes], most_bytes: int, bounds: Bounds
) -> None:
    """The body is never unpacked: a server that packs it all the same was told not to (RFC 9110, section 12.5.3)."""
    if answer.status != 200:
        raise Away(f"The server answered with status {answer.status}.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Away("The server sends the file compressed, although it was asked not to.")
    length, arrived = headers.get("content-length", ""), 0
    if length.isdecimal() and int(length) > most_bytes:
        raise TooLarge("The file is too large.")
    bounds.bytes = 2 * most_bytes + HEAD_BYTES  # twice: the body may come in small chunks
    for chunk in answer.iter_stream():
        arrived += len(chunk)
        if arrived > most_bytes:
            raise TooLarge("The file is too large.")
        into.write(chunk)


@contextmanager
def _answer(
    method: str,
    address: Address,
    bounds: Bounds,
    network: Network,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Iterator[httpcore2.Response]:
    """One request; its answer is read within the block."""
    url = httpcore2.URL(
        scheme=address.scheme, host=address.host, port=address.port, target=address.target.encode()
    )
    backend = CheckedBackend(address, bounds, network)
    trust = network.trust() if address.scheme == "https" else None
    with (
        _words(),
        httpcore2.HTTPConnection(url.origin, ssl_context=trust, network_backend=backend) as connection,
    ):
        said = {"host": address.authority, **ABOUT_US, **(headers or {})}
        with connection.stream(method, url, headers=[*said.items()], content=body) as answer:
            yield answer


@contextmanager
def _words() -> Iterator[None]:
    """Says in words what failed."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise Away("The server did not answer in time.") from error
    except httpcore2.NetworkError as error:
        if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
            raise Away("The server has no certificate that we trust.") from error
        raise Away("The connection broke off.") from error
    except httpcore2.ProtocolError as error:
        raise Away("The server did not answer as a web server does.") from error


def _headers(answer: httpcore2.Response) -> dict[str, str]:
    """By lower-case name. Of a header that comes twice, the last value."""
    return {
        name.decode("ascii", "replace").lower(): value.decode("latin-1") for name, value in answer.headers
    }
