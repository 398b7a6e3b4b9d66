"""The names in `Host` under which the site answers. Names of the machine itself count on that machine only.

A server that listens on all addresses answers to `localhost` for people at the machine itself. From elsewhere
such a name comes from a program that was led here, as by a proxy that passes foreign requests on (CWE-350).
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from creator.http.probes import PATHS
from creator.http.refusals import bare_refusal
from creator.lib.errors import Refused

ELSEWHERE = Refused(
    "malformed_request",
    "This address works only on the machine that Creator runs on. Use the address that it has in your network.",
)


def is_ours(host: str, client: str) -> bool:
    """Whether a client at this address may ask for this Host: Django's own check, and the machine's own names."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS) and not is_led_here(host, client)


def is_led_here(host: str, client: str) -> bool:
    """Whether a client elsewhere names this machine. An empty `client` came by a Unix socket."""
    return is_own_name(split_domain_port(host)[0]) and bool(client) and not is_own_name(client)


def is_own_name(host: str) -> bool:
    """`localhost`, names below it (RFC 6761, 6.3), and loopback addresses (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


class OwnNamesMiddleware:
    """Refuses a page or API request from elsewhere that names this machine. Probes are answered under any name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host, client = request.META.get("HTTP_HOST", ""), request.META.get("REMOTE_ADDR", "")
        if request.path not in PATHS and is_led_here(host, client):
            return bare_refusal(request, ELSEWHERE)
        return self.get_response(request)
