"""Which addresses that people name this server visits: files to fetch, webhooks to post."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from creator.config.declaration import setting

PORTS = re.compile(r"\d{1,5}(-\d{1,5})?", re.ASCII)
HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9._-]+):\d{1,5}", re.ASCII)


@dataclass(frozen=True)
class OutsideConfig:
    """`creator.lib.outside` visits them."""

    outside_ports: tuple[str, ...] = setting(
        "OUTSIDE_PORTS",
        ("80", "443", "1024-65535"),
        "ports of addresses that people name, such as webhooks, comma-separated",
    )
    outside_refused_networks: tuple[str, ...] = setting(
        "OUTSIDE_REFUSED_NETWORKS",
        (),
        "public networks that are not visited for people either, for example of your nodes: `203.0.113.0/24`, "
        "comma-separated",
    )
    outside_allowed_hosts: tuple[str, ...] = setting(
        "OUTSIDE_ALLOWED_HOSTS",
        (),
        "hosts visited for people though they are not public: `nas.lan:443`, comma-separated; everyone with an "
        "account can then have this server send requests there",
    )

    def check_outside(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if not all(PORTS.fullmatch(each) for each in self.outside_ports):
            yield "OUTSIDE_PORTS must be ports and ranges of ports, as in 80,443,1024-65535"
        if not all(HOST.fullmatch(each) for each in self.outside_allowed_hosts):
            yield "OUTSIDE_ALLOWED_HOSTS must be hosts with their ports, as in nas.lan:443"
        if not all(map(_is_network, self.outside_refused_networks)):
            yield "OUTSIDE_REFUSED_NETWORKS must be networks, as in 203.0.113.0/24"


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
