"""Which IP addresses belong to the public internet."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_network

from django.conf import settings

_GLOBAL_UNICAST = ip_network("2000::/3")
"""The part of IPv6 that is given to hosts (RFC 4291, section 2.4, and IANA's registry). Mapped and translated IPv4
addresses (::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48), link-local, private and multicast ones lie outside of it."""
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments, among them a cloud's metadata service
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "168.63.129.16/32",  # the host of a virtual machine, at Azure
        "2001::/23",  # protocol assignments, among them Teredo (RFC 4380)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds an IPv4 address (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)
"""The third quarter of an address that ends in an IPv4 address (RFC 5214, section 6.1)."""


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether it is a unicast address of the public internet, of another machine, and not in OUTSIDE_REFUSED_NETWORKS."""
    if isinstance(ip, IPv4Address):
        is_unicast = ip.is_global and not (ip.is_multicast or ip.is_reserved)
    else:
        is_isatap = int(ip) >> 32 & 0xFFFFFFFF in _ISATAP
        is_unicast = ip in _GLOBAL_UNICAST and ip.scope_id is None and not is_isatap
    refused = (*_NOT_PUBLIC, *map(ip_network, settings.CONFIG.outside_refused_networks))
    return is_unicast and not any(ip in each for each in refused) and not _is_ours(ip)


def _is_ours(ip: IPv4Address | IPv6Address) -> bool:
    """Whether this machine has the address: behind a firewall, it may reach services of its own that others cannot.

    Connecting a datagram socket sends nothing; the kernel only chooses which address of ours it would send from.
    """
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(ip), 9))
            return bool(probe.getsockname()[0] == str(ip))
    except OSError:
        return False
