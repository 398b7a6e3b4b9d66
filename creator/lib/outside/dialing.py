"""Connects to checked addresses only, and ends whatever takes too long or too many bytes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import httpcore2

from creator.lib.bounds import OUTSIDE_CONNECT_S, OUTSIDE_NAME_S
from creator.lib.client_gone import client_gone
from creator.lib.outside.address import Address
from creator.lib.outside.errors import Away, Forbidden
from creator.lib.outside.names import look_up
from creator.lib.outside.networks import is_public

HEAD_BYTES = 256 * 1024
"""Most bytes of all that a server sends before the body; one head is 100 KiB at most (`httpcore2`)."""
ADDRESSES_TRIED = 3
LookUp = Callable[[str, float], list[IPv4Address | IPv6Address]]
Dial = Callable[[str, int, float], httpcore2.NetworkStream]


@cache
def trusted() -> ssl.SSLContext:
    """Checks certificates as other programs on this machine do."""
    return ssl.create_default_context()


def dial(ip: str, port: int, seconds: float) -> httpcore2.NetworkStream:
    """Connects to an IP address."""
    return httpcore2.SyncBackend().connect_tcp(ip, port, timeout=seconds)


@dataclass(frozen=True)
class Network:
    """The world outside: who answers for names, connects, and vouches for certificates."""

    look_up: LookUp = look_up
    dial: Dial = dial
    trust: Callable[[], ssl.SSLContext] = trusted


INTERNET = Network()


@dataclass
class Bounds:
    """What is left to one visit with all its redirects: until `ends_at` (monotonic), and `bytes` of the present answer."""

    ends_at: float
    bytes: int = field(default=HEAD_BYTES)

    def left_s(self) -> float:
        """Seconds for the next step. Raises Away if none are left."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise Away("The server did not answer in time.")
        if client_gone().is_set():
            raise Away("The request was broken off.")
        return left

    def arrived(self, count: int) -> None:
        """Raises Away if more arrived than can be of use."""
        self.bytes -= count
        if self.bytes < 0:
            raise Away("The server sent far more than its answer.")


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to one address of the given host, looked up once, if all that it has may be visited."""

    def __init__(self, address: Address, bounds: Bounds, network: Network) -> None:
        self._address, self._bounds, self._network = address, bounds, network

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        """Raises Forbidden and Away. Timeouts are those of the bounds."""
        error: Exception = Away(f"“{self._address.host}” does not answer.")
        for ip in self._checked()[:ADDRESSES_TRIED]:
            seconds = min(OUTSIDE_CONNECT_S, self._bounds.left_s())
            try:
                return BoundedStream(self._network.dial(str(ip), self._address.port, seconds), self._bounds)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error.__cause__ = failed
        raise error

    def _checked(self) -> list[IPv4Address | IPv6Address]:
        """The words do not tell a name that is not there from one that leads inside: names inside are not told."""
        address = self._address
        if address.is_allowed_anyway:
            return [address.ip] if address.ip else self._look_up(address.host)
        found = [address.ip] if address.ip else self._look_up(f"{address.host}.")
        if not found or not all(map(is_public, found)):
            raise Forbidden(f"There is no “{address.host}” on the public internet.")
        return found

    def _look_up(self, name: str) -> list[IPv4Address | IPv6Address]:
        """A name that ends in a dot is looked up as it is, without the search list of this machine (resolver(5))."""
        return self._network.look_up(name, min(OUTSIDE_NAME_S, self._bounds.left_s()))


class BoundedStream(httpcore2.NetworkStream):
    """A connection within the bounds of its visit."""

    def __init__(self, stream: httpcore2.NetworkStream, bounds: Bounds) -> None:
        self._stream, self._bounds = stream, bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._bounds.left_s())
        self._bounds.arrived(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._bounds.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        seconds = min(OUTSIDE_CONNECT_S, self._bounds.left_s())
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._bounds)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
