"""Addresses as limits count them."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""One customer has a whole /64 (RFC 6177), as limits of allauth take it too."""


def network_of(address: str) -> str:
    """What limits per address count: an IPv4 address, the /64 of an IPv6 address, or the text itself.

    An IPv4 address that a dual-stack listener reports as `::ffff:1.2.3.4` is the IPv4 address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:  # e.g. empty: a Unix socket has none
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed.packed, IPV6_PREFIX), strict=False))
