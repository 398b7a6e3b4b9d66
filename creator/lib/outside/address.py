"""Reads addresses that people type. It is done once for each visit, so no two readers can understand one differently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx2
from django.conf import settings

from creator.lib.outside.errors import Forbidden

MOST_CHARACTERS = 2048
PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"({_LABEL}\.)+{_LABEL}")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
"""A last label such as that makes some readers take the whole name for an IPv4 address (URL Standard, section 3.5)."""


@dataclass(frozen=True)
class Address:
    """`host` is a name in ASCII or an IP address without brackets; `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as in the Host header (RFC 9110, section 7.2)."""
        return self._bracketed if self.port == PORTS[self.scheme] else self.place

    @property
    def place(self) -> str:
        """Host and port, whether the port is the scheme's own or not."""
        return f"{self._bracketed}:{self.port}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """The IP address that is written in place of a name, if one is."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def is_allowed_anyway(self) -> bool:
        """Whether the operator lets this host and port be visited wherever it is."""
        return self.place in settings.CONFIG.outside_allowed_hosts

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def follow(self, location: str) -> Address:
        """Where a redirect to `location` leads (RFC 9110, section 10.2.2). Raises Forbidden."""
        try:
            return read_address(str(httpx2.URL(str(self)).join(location)))
        except (httpx2.InvalidURL, ValueError) as error:
            raise Forbidden("It redirects to something that is not an address.") from error


def read_address(text: str) -> Address:
    """Raises Forbidden: unless it is http or https without a password, to a port of OUTSIDE_PORTS of a full name.

    Whether the name is one of the public internet is looked up when it is visited.
    """
    try:
        url = httpx2.URL(text.strip())
    except (httpx2.InvalidURL, ValueError) as error:
        raise Forbidden("This is not an address. Send one such as https://example.org/photo.jpg.") from error
    if url.scheme not in PORTS:
        raise Forbidden("Send an address that begins with https:// or http://.")
    if url.userinfo:
        raise Forbidden("Send an address without a user name or password.")
    host = url.raw_host.decode().lower().removesuffix(".")
    port = PORTS[url.scheme] if url.port is None else url.port
    address = Address(url.scheme, host, port, url.raw_path.decode() or "/")
    if len(str(address)) > MOST_CHARACTERS:  # as it is asked for and stored, not as it was typed
        raise Forbidden(f"This address has more than {MOST_CHARACTERS:,} characters.")
    if not address.is_allowed_anyway:
        _check_host(address)
        _check_port(port)
    return address


def _check_host(address: Address) -> None:
    name, last = address.host, address.host.rpartition(".")[2]
    if address.ip is None and (len(name) > 253 or not _NAME.fullmatch(name) or _NUMBER.fullmatch(last)):
        raise Forbidden(
            "Send an address with the full name of a host, such as https://example.org/photo.jpg."
        )


def _check_port(port: int) -> None:
    for each in settings.CONFIG.outside_ports:
        first, _, last = each.partition("-")
        if int(first) <= port <= int(last or first):
            return
    raise Forbidden(f"We do not visit port {port}.")
