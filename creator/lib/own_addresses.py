"""The addresses and names under which this machine is reached, also by others of the same network."""

from __future__ import annotations

import fcntl
import socket
import struct

SIOCGIFADDR = 0x8915
"""Asks for the IPv4 address of an interface (netdevice(7))."""
ANY = "0.0.0.0"  # noqa: S104  (compared with, not bound to)


def reachable_hosts(bound_to: str) -> list[str]:
    """What one can type into a browser for a server that is bound to this address. The first is for this machine."""
    if bound_to != ANY:
        return [bound_to]
    name = socket.gethostname()
    return ["127.0.0.1", *_addresses(), name, f"{name}.local"]


def _addresses() -> list[str]:
    """The IPv4 address of each interface but loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        found = [_address_of(any_socket, name) for _, name in socket.if_nameindex()]
    return [each for each in found if each and not each.startswith("127.")]


def _address_of(any_socket: socket.socket, interface: str) -> str:
    request = struct.pack("256s", interface.encode()[:15])
    try:
        answer = fcntl.ioctl(any_socket.fileno(), SIOCGIFADDR, request)
    except OSError:  # it has none
        return ""
    return socket.inet_ntoa(answer[20:24])
